import { costOf, type Price } from '../prices.js';
import type { Account } from './account.js';

/** What one call holds in several accounts at once: of each the same number of tokens, and what they cost. */
export class Reservation {
  #outputTokens = 0;
  #tokens = 0;
  #nanoUsd = 0;

  constructor(
    private readonly accounts: readonly Account[],
    private readonly inputTokens: number,
    private readonly price: Price,
  ) {}

  /** The most output tokens that all accounts could still pay for beside the input, what is held already included; below 0: not even the input. */
  outputLeft(day: number): number {
    let tokens = Infinity;
    let nanoUsd = Infinity;
    for (const account of this.accounts) {
      tokens = Math.min(tokens, account.tokensLeft(day));
      nanoUsd = Math.min(nanoUsd, account.nanoUsdLeft(day));
    }
    const byTokens = tokens + this.#tokens - this.inputTokens;
    if (nanoUsd === Infinity) return byTokens;
    const money = nanoUsd + this.#nanoUsd - costOf(this.price, { inputTokens: this.inputTokens, outputTokens: 0 });
    if (money < 0) return -1;
    return this.price.output === 0 ? byTokens : Math.min(byTokens, Math.floor(money / costOf(this.price, { inputTokens: 0, outputTokens: 1 })));
  }

  /** How much of an answer is paid for. */
  get outputTokens(): number {
    return this.#outputTokens;
  }

  /** Holds the input and an answer of so many tokens; the caller has asked `outputLeft` in the same turn of the event loop. */
  hold(outputTokens: number): void {
    const nanoUsd = costOf(this.price, { inputTokens: this.inputTokens, outputTokens });
    const tokens = this.inputTokens + outputTokens;
    for (const { reserved } of this.accounts) {
      reserved.tokens += tokens - this.#tokens;
      reserved.nanoUsd += nanoUsd - this.#nanoUsd;
    }
    this.#outputTokens = outputTokens;
    this.#tokens = tokens;
    this.#nanoUsd = nanoUsd;
  }

  /** Gives all back and spends what was used. */
  settle(day: number, used: { readonly tokens: number; readonly nanoUsd: number }): void {
    for (const account of this.accounts) {
      account.reserved.tokens -= this.#tokens;
      account.reserved.nanoUsd -= this.#nanoUsd;
      if (used.tokens > 0) account.spend(day, used);
    }
    this.#tokens = 0;
    this.#nanoUsd = 0;
    this.#outputTokens = 0;
  }
}
