import type { ClaimedTurn } from '#libs/ports';
import type { TurnEvent } from '../orchestrator.service.js';

/** What answers: one strategy for each kind of agent. It keeps the promises of `OrchestratorService.run` for its own turns. */
export abstract class Agent {
  /** How sessions and messages name it; unique in its tenant. */
  abstract readonly name: string;
  /** The only tenant that may use it; null: every tenant. */
  readonly tenantId: string | null = null;
  abstract run(turn: ClaimedTurn, signal: AbortSignal): AsyncIterable<TurnEvent>;
}
