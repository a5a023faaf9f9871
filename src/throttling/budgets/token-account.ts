/**
 * Tokens of one UTC day that somebody may use: what was spent, and what calls under way have reserved. Spent and reserved together are
 * never more than the limit when calls use no more than they reserved.
 */
export class TokenAccount {
  reserved = 0;
  #spent = 0;
  #day: number;

  constructor(
    day: number,
    public limit: number,
  ) {
    this.#day = day;
  }

  /** Tokens spent on this day; a new day begins with none. */
  spentOn(day: number): number {
    if (day > this.#day) {
      this.#day = day;
      this.#spent = 0;
    }
    return this.#spent;
  }

  /** What neither was spent nor is reserved. */
  left(day: number): number {
    return Math.max(0, this.limit - this.spentOn(day) - this.reserved);
  }

  spend(day: number, tokens: number): void {
    this.#spent = this.spentOn(day) + tokens;
  }
}
