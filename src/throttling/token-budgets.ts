import { Injectable } from '@nestjs/common';
import { failure, FailureError, toNanoUsd, type Author, type Failure, type Principal, type Usage } from '#libs/contracts';
import { Clock, Keys, ModelBudget, UsageLedger, type ModelCall, type Spender, type Spending, type UsageScope } from '#libs/ports';
import { Config } from '../config/config.js';
import { Log } from '../observability/log.js';
import { AccountBook, type AccountOrigin } from './budgets/account-book.js';
import type { Account } from './budgets/account.js';
import { PendingUsage } from './budgets/pending-usage.js';
import { Reservation } from './budgets/reservation.js';
import { countedAs } from './counted-as.js';
import { LimitsInForce } from './limits-in-force.js';
import { costOf, Prices } from './prices.js';
import { TenantLimitsBook } from './tenant-limits-book.js';

const DAY_MS = 86_400_000;
const FLUSH_EVERY_MS = 1_000;
const ROWS_PER_COMMIT = 500;
const LOCAL = 'local/';
/** What an answer is taken for before it is there; a longer one reserves more as it comes. */
const USUAL_OUTPUT = 8_192;
const USUAL_LOCAL_OUTPUT = 512;
const MORE_AT_ONCE = 1_024;
/** What a call of a provider that was lost may have answered beyond its last checkpoint: 4 KiB of text. */
const BEYOND_CHECKPOINT = 1_024;
const CHARACTERS_PER_TOKEN = 4;
const NANO = 1e9;

const EXHAUSTED = failure('budget_exhausted', 'What may be spent on models on this day (UTC) is used up.');

/**
 * What may be spent on models in a UTC day, in tokens and in money. A call reserves its worst case, holds it while it runs and is settled by
 * what was really used. What a process held when it died is free again, and the calls that it lost are counted by estimate when their turns
 * are found. Usage of models behind a provider is written with the end of its call, that of local ones once a second.
 */
@Injectable()
export class TokenBudgets extends ModelBudget {
  readonly #book: AccountBook;
  readonly #pending = new PendingUsage();
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly ledger: UsageLedger,
    private readonly keys: Keys,
    private readonly tenants: TenantLimitsBook,
    private readonly limits: LimitsInForce,
    private readonly prices: Prices,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    super();
    this.#book = new AccountBook(ledger);
  }

  /** Why the principal's next message is refused; null while there is something left of the day. */
  admit(principal: Principal): Failure | null | Promise<Failure | null> {
    const known = this.#book.find(keyOf(principal.tenantId, principal));
    if (known === undefined) return this.#firstAdmission(principal);
    known.limit = this.#limitOf(principal);
    return known.spentUp(this.#today()) ? EXHAUSTED : null;
  }

  reserve(turn: Spender, model: string, inputTokens: number): ModelCall | Promise<ModelCall> {
    const account = this.#book.find(keyOf(turn.tenantId, turn.author));
    if (account !== undefined && this.tenants.find(turn.tenantId) === null) return this.#reserve([account], turn, model, inputTokens);
    return this.#accountsOf(turn).then((accounts) => this.#reserve(accounts, turn, model, inputTokens));
  }

  async countLost(turn: Spender, model: string, inputTokens: number): Promise<void> {
    this.#countLost(await this.#accountsOf(turn), turn, model, inputTokens);
    await this.flush();
  }

  /** What the principal may spend today and has spent, with what is under way. */
  async standing(principal: Principal): Promise<{ readonly limit: Spending; readonly spent: Spending; readonly reserved: Spending }> {
    const account = await this.#openPrincipal(principal.tenantId, principal, this.#limitOf(principal));
    const { reserved } = account;
    return { limit: this.#limitOf(principal), spent: { ...account.spentOn(this.#today()) }, reserved: { ...reserved } };
  }

  /** Resolves when everything that was used so far is in the ledger, or could not be written and waits for the next time. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    return (this.#flushing = this.#flushing.then(() => this.#write()));
  }

  async #firstAdmission(principal: Principal): Promise<Failure | null> {
    const account = await this.#openPrincipal(principal.tenantId, principal, this.#limitOf(principal));
    account.limit = this.#limitOf(principal);
    return account.spentUp(this.#today()) ? EXHAUSTED : null;
  }

  async #openPrincipal(tenantId: string, author: Author, limit?: Spending): Promise<Account> {
    const scope = countedAs(author);
    const origin: AccountOrigin = { tenantId, scope, limit: () => limit ?? this.#storedLimitOf(tenantId, scope) };
    return await this.#book.open(keyOf(tenantId, scope), this.#today(), origin);
  }

  /** The principal's own, and those of tenant, agent and session where the tenant limits them. */
  async #accountsOf(turn: Spender): Promise<readonly Account[]> {
    const { tenantId, agent, sessionId } = turn;
    const accounts = [await this.#openPrincipal(tenantId, turn.author)];
    const limits = await this.tenants.read(tenantId);
    if (limits === null) return accounts;
    const wanted: readonly (readonly [UsageScope, number | null, number | null])[] = [
      [{ kind: 'tenant' }, limits.tokensPerDay, limits.usdPerDay],
      [{ kind: 'agent-name', id: agent }, limits.agentTokensPerDay, limits.agentUsdPerDay],
      [{ kind: 'session', id: sessionId }, limits.sessionTokensPerDay, limits.sessionUsdPerDay],
    ];
    for (const [scope, tokens, usd] of wanted) {
      if (tokens === null && usd === null) continue;
      const limit = spending(tokens ?? Infinity, usd);
      const key = `${tenantId}\n\n${JSON.stringify(scope)}`;
      // A limit that is new counts what was used before it, the last second included.
      if (this.#book.find(key) === undefined) await this.flush();
      const account = await this.#book.open(key, this.#today(), { tenantId, scope, limit: () => limit });
      account.limit = limit;
      accounts.push(account);
    }
    return accounts;
  }

  #limitOf(principal: Pick<Principal, 'kind' | 'id' | 'limits'>): Spending {
    const limits = this.limits.of(principal);
    const { TOKENS_PER_DAY, USD_PER_DAY } = this.config.settings;
    return spending(limits?.tokensPerDay ?? TOKENS_PER_DAY, limits?.usdPerDay ?? USD_PER_DAY ?? null);
  }

  async #storedLimitOf(tenantId: string, { kind, id }: Author): Promise<Spending> {
    const key = kind === 'key' ? await this.keys.find(id, tenantId) : null;
    return this.#limitOf({ kind, id, ...(key === null ? {} : { limits: key.limits }) });
  }

  #reserve(accounts: readonly Account[], turn: Spender, model: string, inputTokens: number): ModelCall {
    const price = this.prices.chargeOf(model);
    if (price === null && accounts.some(({ limit }) => limit.nanoUsd !== Infinity)) {
      throw FailureError.of('budget_exhausted', `The price of ${model} is not known, and what may be spent is limited in money. MODEL_PRICES can name it.`);
    }
    const reservation = new Reservation(accounts, inputTokens, price ?? { input: 0, output: 0 });
    const left = reservation.outputLeft(this.#today());
    if (left < 1) throw new FailureError(EXHAUSTED);
    const usual = model.startsWith(LOCAL) ? USUAL_LOCAL_OUTPUT : USUAL_OUTPUT;
    reservation.hold(Math.min(left, usual));
    return {
      maxOutputTokens: left < usual ? left : null,
      grew: (outputTokens) => this.#grew(reservation, outputTokens),
      settle: (usage) => this.#settle(reservation, turn, model, usage),
      release: () => reservation.settle(this.#today(), { tokens: 0, nanoUsd: 0 }),
    };
  }

  #grew(reservation: Reservation, outputTokens: number): boolean {
    if (outputTokens <= reservation.outputTokens) return true;
    const left = reservation.outputLeft(this.#today());
    if (left < outputTokens) return false;
    reservation.hold(Math.min(left, Math.max(outputTokens, reservation.outputTokens + MORE_AT_ONCE)));
    return true;
  }

  #settle(reservation: Reservation, turn: Spender, model: string, usage: Usage): number | undefined {
    const price = this.prices.of(model);
    const nanoUsd = price === null ? 0 : costOf(price, usage);
    reservation.settle(this.#today(), { tokens: usage.inputTokens + usage.outputTokens, nanoUsd });
    this.#note(turn, model, usage, nanoUsd);
    return price === null ? undefined : nanoUsd / NANO;
  }

  /** The prompt is put together once more from what is stored; of the answer, what was kept is known. */
  #countLost(accounts: readonly Account[], turn: Spender, model: string, inputTokens: number): void {
    const { text, settled } = turn.checkpoint ?? { text: '', settled: 0 };
    const beyond = model.startsWith(LOCAL) ? 0 : BEYOND_CHECKPOINT;
    const outputTokens = Math.ceil((text.length - settled) / CHARACTERS_PER_TOKEN) + beyond;
    const price = this.prices.of(model);
    const nanoUsd = price === null ? 0 : costOf(price, { inputTokens, outputTokens });
    for (const account of accounts) account.spend(this.#today(), { tokens: inputTokens + outputTokens, nanoUsd });
    this.#note(turn, model, { inputTokens, outputTokens }, nanoUsd);
  }

  #note({ tenantId, agent, author, sessionId }: Spender, model: string, { inputTokens, outputTokens }: Usage, nanoUsd: number): void {
    const used = { day: this.#today(), tenantId, calls: 1, inputTokens, outputTokens, costNanoUsd: nanoUsd };
    this.#pending.add({ ...used, by: countedAs(author), agent, model });
    const limits = this.tenants.find(tenantId) ?? null;
    const limitsSessions = limits !== null && (limits.sessionTokensPerDay !== null || limits.sessionUsdPerDay !== null);
    if (limitsSessions) this.#pending.add({ ...used, by: { kind: 'session', id: sessionId }, agent: '', model: '' });
    if (model.startsWith(LOCAL)) this.#timer ??= setTimeout(() => void this.flush(), FLUSH_EVERY_MS).unref();
    else void this.flush();
  }

  async #write(): Promise<void> {
    for (const rows of this.#pending.take(ROWS_PER_COMMIT)) {
      try {
        await this.ledger.add(rows);
      } catch (error) {
        this.log.warn('usage could not be written; trying again', { rows: rows.length, error });
        for (const row of rows) this.#pending.add(row);
        this.#timer ??= setTimeout(() => void this.flush(), FLUSH_EVERY_MS).unref();
      }
    }
    if (this.#pending.size === 0) this.#book.trim();
  }

  #today(): number {
    return Math.floor(this.clock.now() / DAY_MS);
  }
}

function spending(tokens: number, usd: number | null): Spending {
  return { tokens, nanoUsd: usd === null ? Infinity : toNanoUsd(usd) };
}

function keyOf(tenantId: string, author: Author): string {
  const { kind, id } = countedAs(author);
  return `${tenantId}\n${kind}\n${id}`;
}
