import type { Usage } from '#libs/contracts';
import type { ClaimedTurn } from './inbox.js';

/** A call of a model that was let through. Exactly one of `settle` and `release` ends it. */
export interface ModelCall {
  /** The most tokens that the answer may have, where the budget allows less than an answer usually takes; null: as the model likes. */
  readonly maxOutputTokens: number | null;
  /** The answer has so many tokens by estimate. False when the budget does not allow that many: then the call must be broken off. */
  grew(outputTokens: number): boolean;
  /** Counts what was used; returns the cost in US dollars where the price of the model is known. */
  settle(usage: Usage): number | undefined;
  /** Nothing was used. */
  release(): void;
}

/** The turn that asks a model, as a budget sees it. */
export type Spender = Pick<ClaimedTurn, 'tenantId' | 'author' | 'agent' | 'sessionId' | 'turnId' | 'checkpoint'>;

/** Whether models may be asked. */
export abstract class ModelBudget {
  /** Reserves the worst case before the call is made. Throws `budget_exhausted` (`FailureError`) when not even a short answer fits. */
  abstract reserve(turn: Spender, model: string, inputTokens: number): ModelCall | Promise<ModelCall>;

  /** Counts a call by estimate that was lost with its process. Resolves when it is written, or waits to be. */
  abstract countLost(turn: Spender, model: string, inputTokens: number): Promise<void>;
}
