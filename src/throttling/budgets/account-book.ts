import type { Spending, UsageLedger, UsageScope } from '#libs/ports';
import { Account } from './account.js';

const MAX_ACCOUNTS = 100_000;

/** Where an account comes from when it is not known yet. */
export interface AccountOrigin {
  readonly tenantId: string;
  readonly scope: UsageScope;
  /** Asked once. */
  limit(): Spending | Promise<Spending>;
}

/** The accounts of everybody who used a model lately, read from the ledger when they are first asked for. */
export class AccountBook {
  readonly #accounts = new Map<string, Account>();
  readonly #loading = new Map<string, Promise<Account>>();

  constructor(private readonly ledger: UsageLedger) {}

  /** The account if it is known already. */
  find(key: string): Account | undefined {
    return this.#accounts.get(key);
  }

  /** The account, read when it is not known; callers at once share one reading. */
  open(key: string, day: number, origin: AccountOrigin): Account | Promise<Account> {
    const known = this.#accounts.get(key) ?? this.#loading.get(key);
    if (known !== undefined) return known;
    const loading = this.#load(key, day, origin).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  /** Forgets the oldest accounts beyond 100,000 that no call holds; all usage must be in the ledger, where they are read again. */
  trim(): void {
    for (const [key, account] of this.#accounts) {
      if (this.#accounts.size <= MAX_ACCOUNTS) return;
      if (account.reserved.tokens === 0) this.#accounts.delete(key);
    }
  }

  async #load(key: string, day: number, { tenantId, scope, limit }: AccountOrigin): Promise<Account> {
    const account = new Account(day, await limit());
    account.spend(day, await this.ledger.spent(day, tenantId, scope));
    this.#accounts.set(key, account);
    return account;
  }
}
