import type { TokenAccount } from './token-account.js';

/** Tokens that one call holds in several accounts at once: of each the same number. */
export class Reservation {
  #held = 0;

  constructor(private readonly accounts: readonly TokenAccount[]) {}

  get held(): number {
    return this.#held;
  }

  /** What each of the accounts could still give. */
  left(day: number): number {
    let least = Infinity;
    for (const account of this.accounts) least = Math.min(least, account.left(day));
    return least;
  }

  /** Holds so many more; the caller has asked `left` in the same turn of the event loop. */
  hold(tokens: number): void {
    this.#held += tokens;
    for (const account of this.accounts) account.reserved += tokens;
  }

  /** Gives all back and spends what was used. */
  settle(day: number, used: number): void {
    for (const account of this.accounts) {
      account.reserved -= this.#held;
      if (used > 0) account.spend(day, used);
    }
    this.#held = 0;
  }
}
