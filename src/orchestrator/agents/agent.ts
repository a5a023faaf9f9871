import type { ClaimedTurn } from '#libs/ports';
import type { BackEnd } from '../models/back-end.js';
import type { LostTurn, TurnEvent } from '../orchestrator.service.js';

/** What answers: one strategy for each kind of agent. It keeps the promises of `OrchestratorService.run` for its own turns. */
export abstract class Agent {
  /** How sessions and messages name it; unique in its tenant. */
  abstract readonly name: string;
  /** The only tenant that may use it; null: every tenant. */
  readonly tenantId: string | null = null;
  /** What it cannot answer without; null: nothing outside of this process. */
  readonly backEnd: BackEnd | null = null;
  /** `provider/model` that it asks; null: none that has a name. */
  readonly modelName: string | null = null;
  /** The skills that it may call. */
  readonly skillNames: readonly string[] = [];
  /** Counts what the turn may have used in a call that was cut off; an agent that asks no model has nothing to count. */
  async countLost(_turn: LostTurn): Promise<void> {}
  abstract run(turn: ClaimedTurn, signal: AbortSignal): AsyncIterable<TurnEvent>;
}
