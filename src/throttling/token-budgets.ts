import { Injectable } from '@nestjs/common';
import { failure, FailureError, type Author, type Failure, type Principal, type Usage } from '#libs/contracts';
import { Clock, Keys, ModelBudget, UsageLedger, type ClaimedTurn, type ModelCall, type UsageScope } from '#libs/ports';
import { Config } from '../config/config.js';
import { Log } from '../observability/log.js';
import { AccountBook, type AccountOrigin } from './budgets/account-book.js';
import { PendingUsage } from './budgets/pending-usage.js';
import { Reservation } from './budgets/reservation.js';
import type { TokenAccount } from './budgets/token-account.js';
import { costNanoUsd } from './prices.js';
import { TenantBudgets } from './tenant-budgets.js';

const DAY_MS = 86_400_000;
const FLUSH_EVERY_MS = 1_000;
const ROWS_PER_COMMIT = 500;
const LOCAL = 'local/';
/** What an answer is taken for before it is there; a longer one reserves more as it comes. */
const USUAL_OUTPUT = 8_192;
const USUAL_LOCAL_OUTPUT = 512;
const MORE_AT_ONCE = 1_024;
const NANO = 1e9;

type Spender = Pick<ClaimedTurn, 'tenantId' | 'author' | 'agent' | 'sessionId'>;

const EXHAUSTED = failure('budget_exhausted', 'The tokens of this day (UTC) are used up.');

/**
 * Tokens per UTC day. A call reserves its worst case, holds it while it runs and is settled by what was really used; what a process held
 * when it died is free again. Usage of models behind a provider is written with the end of its call, that of local ones once a second.
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
    private readonly tenants: TenantBudgets,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    super();
    this.#book = new AccountBook(ledger);
  }

  /** Why the principal's next message is refused; null while there is something left of the day. */
  admit(principal: Principal): Failure | null | Promise<Failure | null> {
    const { tenantId } = principal;
    const limit = principal.limits?.tokensPerDay ?? this.config.settings.TOKENS_PER_DAY;
    const known = this.#book.find(keyOf(tenantId, principal));
    if (known === undefined) return this.#firstAdmission(principal, limit);
    known.limit = limit;
    return known.spentOn(this.#today()) < limit ? null : EXHAUSTED;
  }

  reserve(turn: Spender, model: string, inputTokens: number): ModelCall | Promise<ModelCall> {
    const account = this.#book.find(keyOf(turn.tenantId, turn.author));
    if (account !== undefined && this.tenants.find(turn.tenantId) === null) return this.#reserve([account], turn, model, inputTokens);
    return this.#accountsOf(turn).then((accounts) => this.#reserve(accounts, turn, model, inputTokens));
  }

  /** Tokens of the principal today, with what is under way. */
  async standing(principal: Principal): Promise<{ readonly tokensPerDay: number; readonly usedToday: number; readonly reserved: number }> {
    const tokensPerDay = principal.limits?.tokensPerDay ?? this.config.settings.TOKENS_PER_DAY;
    const account = await this.#openPrincipal(principal.tenantId, principal, tokensPerDay);
    return { tokensPerDay, usedToday: account.spentOn(this.#today()), reserved: account.reserved };
  }

  /** Resolves when everything that was used so far is in the ledger, or could not be written and waits for the next time. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    return (this.#flushing = this.#flushing.then(() => this.#write()));
  }

  async #firstAdmission(principal: Principal, limit: number): Promise<Failure | null> {
    const account = await this.#openPrincipal(principal.tenantId, principal, limit);
    account.limit = limit;
    return account.spentOn(this.#today()) < limit ? null : EXHAUSTED;
  }

  async #openPrincipal(tenantId: string, { kind, id }: Author, limit?: number): Promise<TokenAccount> {
    const origin: AccountOrigin = { tenantId, scope: { kind, id }, limit: () => limit ?? this.#limitOf(tenantId, { kind, id }) };
    return await this.#book.open(keyOf(tenantId, { kind, id }), this.#today(), origin);
  }

  /** The principal's own, and those of tenant, agent and session where the tenant limits them. */
  async #accountsOf(turn: Spender): Promise<readonly TokenAccount[]> {
    const { tenantId, agent, sessionId } = turn;
    const accounts = [await this.#openPrincipal(tenantId, turn.author)];
    const limits = await this.tenants.read(tenantId);
    const wanted: readonly (readonly [UsageScope, number | null | undefined])[] = [
      [{ kind: 'tenant' }, limits?.tokensPerDay],
      [{ kind: 'agent-name', id: agent }, limits?.agentTokensPerDay],
      [{ kind: 'session', id: sessionId }, limits?.sessionTokensPerDay],
    ];
    for (const [scope, limit] of wanted) {
      if (limit === null || limit === undefined) continue;
      const key = `${tenantId}\n\n${JSON.stringify(scope)}`;
      // A limit that is new counts what was used before it, the last second included.
      if (this.#book.find(key) === undefined) await this.flush();
      const account = await this.#book.open(key, this.#today(), { tenantId, scope, limit: () => limit });
      account.limit = limit;
      accounts.push(account);
    }
    return accounts;
  }

  async #limitOf(tenantId: string, { kind, id }: Author): Promise<number> {
    const key = kind === 'key' ? await this.keys.find(id, tenantId) : null;
    return key?.limits.tokensPerDay ?? this.config.settings.TOKENS_PER_DAY;
  }

  #reserve(accounts: readonly TokenAccount[], turn: Spender, model: string, inputTokens: number): ModelCall {
    const reservation = new Reservation(accounts);
    const left = reservation.left(this.#today());
    if (left <= inputTokens) throw new FailureError(EXHAUSTED);
    const usual = inputTokens + (model.startsWith(LOCAL) ? USUAL_LOCAL_OUTPUT : USUAL_OUTPUT);
    reservation.hold(Math.min(left, usual));
    return {
      maxOutputTokens: left < usual ? left - inputTokens : null,
      grew: (outputTokens) => this.#grew(reservation, inputTokens + outputTokens),
      settle: (usage) => this.#settle(reservation, turn, model, usage),
      release: () => reservation.settle(this.#today(), 0),
    };
  }

  #grew(reservation: Reservation, tokens: number): boolean {
    const missing = tokens - reservation.held;
    if (missing <= 0) return true;
    const left = reservation.left(this.#today());
    if (left < missing) return false;
    reservation.hold(Math.min(left, Math.max(missing, MORE_AT_ONCE)));
    return true;
  }

  #settle(reservation: Reservation, turn: Spender, model: string, { inputTokens, outputTokens }: Usage): number | undefined {
    const day = this.#today();
    reservation.settle(day, inputTokens + outputTokens);
    const { tenantId, agent, author } = turn;
    const cost = costNanoUsd(model, { inputTokens, outputTokens });
    const used = { day, tenantId, calls: 1, inputTokens, outputTokens, costNanoUsd: cost ?? 0 };
    this.#pending.add({ ...used, by: author, agent, model });
    const limitsSessions = (this.tenants.find(tenantId)?.sessionTokensPerDay ?? null) !== null;
    if (limitsSessions) this.#pending.add({ ...used, by: { kind: 'session', id: turn.sessionId }, agent: '', model: '' });
    if (model.startsWith(LOCAL)) this.#timer ??= setTimeout(() => void this.flush(), FLUSH_EVERY_MS).unref();
    else void this.flush();
    return cost === null ? undefined : cost / NANO;
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

function keyOf(tenantId: string, { kind, id }: Author): string {
  return `${tenantId}\n${kind}\n${id}`;
}
