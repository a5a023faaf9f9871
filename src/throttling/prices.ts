import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

/** As the providers listed them at this time, without discounts for cached input or batches: what we tell is at most a little too much. */
const VERSION = '2025-11';

const PRICES: Readonly<Record<string, Price>> = {
  'openai/gpt-4o': { input: 2.5, output: 10 },
  'openai/gpt-4o-mini': { input: 0.15, output: 0.6 },
  'openai/gpt-4.1': { input: 2, output: 8 },
  'openai/gpt-4.1-mini': { input: 0.4, output: 1.6 },
  'openai/gpt-4.1-nano': { input: 0.1, output: 0.4 },
  'openai/gpt-5': { input: 1.25, output: 10 },
  'openai/gpt-5-mini': { input: 0.25, output: 2 },
  'openai/gpt-5-nano': { input: 0.05, output: 0.4 },
  'openai/o3': { input: 2, output: 8 },
  'openai/o4-mini': { input: 1.1, output: 4.4 },
  'anthropic/claude-3-haiku': { input: 0.25, output: 1.25 },
  'anthropic/claude-3-5-haiku': { input: 0.8, output: 4 },
  'anthropic/claude-3-5-sonnet': { input: 3, output: 15 },
  'anthropic/claude-3-7-sonnet': { input: 3, output: 15 },
  'anthropic/claude-haiku-4-5': { input: 1, output: 5 },
  'anthropic/claude-sonnet-4': { input: 3, output: 15 },
  'anthropic/claude-sonnet-4-5': { input: 3, output: 15 },
  'anthropic/claude-opus-4': { input: 15, output: 75 },
  'anthropic/claude-opus-4-1': { input: 15, output: 75 },
  'anthropic/claude-opus-4-5': { input: 5, output: 25 },
};

/** What a provider puts behind the name of a model to say which edition of it is meant. */
const EDITION = /-(latest|\d{8}|\d{4}-\d{2}-\d{2})$/;
const NANO_USD_PER_TOKEN = 1000;

const FREE: Price = { input: 0, output: 0 };

/** The cost in whole billionths of a dollar, rounded up to the next. */
export function costOf(price: Price, tokens: { readonly inputTokens: number; readonly outputTokens: number }): number {
  return Math.ceil((tokens.inputTokens * price.input + tokens.outputTokens * price.output) * NANO_USD_PER_TOKEN);
}

/** What models cost: by the operator's own prices, else by our table. */
@Injectable()
export class Prices {
  readonly #own: ReadonlyMap<string, Price>;

  constructor(config: Config) {
    this.#own = new Map(config.settings.MODEL_PRICES.map(({ model, input, output }) => [model, { input, output }]));
  }

  /** Which table holds. */
  get version(): string {
    return this.#own.size === 0 ? VERSION : `${VERSION}+own`;
  }

  /** Null for a model whose price is not known; a model of any edition has the price of its name without it. */
  of(model: string): Price | null {
    return this.#own.get(model) ?? PRICES[model] ?? PRICES[model.replace(EDITION, '')] ?? null;
  }

  /** What counts against budgets in money: models in this process are free, null where the price is not known. */
  chargeOf(model: string): Price | null {
    return this.of(model) ?? (model.startsWith('local/') ? FREE : null);
  }
}
