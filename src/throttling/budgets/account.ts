import type { Spending } from '#libs/ports';

/**
 * What somebody may use on one UTC day, in tokens and in money: what was spent, and what calls under way have reserved. Spent and reserved
 * together are never more than the limit when calls use no more than they reserved.
 */
export class Account {
  /** What calls under way hold. */
  readonly reserved = { tokens: 0, nanoUsd: 0 };
  readonly #spent = { tokens: 0, nanoUsd: 0 };
  #day: number;

  /** Of `limit`, Infinity stands for no limit. */
  constructor(
    day: number,
    public limit: Spending,
  ) {
    this.#day = day;
  }

  /** What was spent on this day; a new day begins with nothing. */
  spentOn(day: number): Spending {
    if (day > this.#day) {
      this.#day = day;
      this.#spent.tokens = 0;
      this.#spent.nanoUsd = 0;
    }
    return this.#spent;
  }

  /** Whether nothing more may be begun today, whatever calls under way give back. */
  spentUp(day: number): boolean {
    const spent = this.spentOn(day);
    return spent.tokens >= this.limit.tokens || spent.nanoUsd >= this.limit.nanoUsd;
  }

  /** Tokens that were neither spent nor are reserved. */
  tokensLeft(day: number): number {
    return Math.max(0, this.limit.tokens - this.spentOn(day).tokens - this.reserved.tokens);
  }

  /** The same in billionths of a dollar. */
  nanoUsdLeft(day: number): number {
    return Math.max(0, this.limit.nanoUsd - this.spentOn(day).nanoUsd - this.reserved.nanoUsd);
  }

  spend(day: number, { tokens, nanoUsd }: Spending): void {
    this.spentOn(day);
    this.#spent.tokens += tokens;
    this.#spent.nanoUsd += nanoUsd;
  }
}
