import type { Phase, Usage } from '#libs/contracts';
import type { ClaimedTurn } from '#libs/ports';
import type { BackEnd, BackEndUser } from './models/back-end.js';

/** What the work of a turn consists of, as the conductor is told it. */
export type TurnEvent =
  /** Text that follows what came before in this attempt. */
  | { readonly type: 'text'; readonly text: string }
  /** All text so far belongs to finished steps; a next attempt does not ask the model for it again. */
  | { readonly type: 'step-settled' }
  | { readonly type: 'phase-changed'; readonly phase: Phase }
  /** Stored before the generator is asked to go on, so that the call itself comes after its record. */
  | { readonly type: 'tool-called'; readonly callId: string; readonly skill: string; readonly input: unknown }
  | { readonly type: 'tool-finished'; readonly callId: string; readonly outcome: 'ok' | 'error' | 'denied'; readonly output: unknown }
  /** The last one. */
  | { readonly type: 'completed'; readonly model: string; readonly usage: Usage };

/** A turn that was cut off with its process. */
export type LostTurn = Pick<ClaimedTurn, 'tenantId' | 'turnId' | 'sessionId' | 'author' | 'agent' | 'content' | 'acceptedSeq' | 'checkpoint'>;

/**
 * Runs one turn with its agent. The caller pulls: the next event is made only when the last one has been dealt with.
 * Ends with `completed`, or throws: a `FailureError` says why in the contract's words, anything else is a fault of ours.
 * When `signal` is aborted it stops as soon as it can; what it throws then does not matter.
 */
export abstract class OrchestratorService {
  abstract run(turn: ClaimedTurn, signal: AbortSignal): AsyncIterable<TurnEvent>;
  /** Counts what the turn may have used of a model in the call that was cut off; resolves when that is kept, or could not be. */
  async countLost(_turn: LostTurn): Promise<void> {}
  /** True when an agent of this name may answer in this tenant. */
  abstract knows(agent: string, tenantId: string): boolean;
  /** Agents that come with the gateway; they are at work in every tenant. */
  abstract readonly builtIn: readonly string[];
  /** The `provider/model` that this agent asks in this tenant; null when it asks none that has a name, or is not known. */
  modelOf(_agent: string, _tenantId: string): string | null {
    return null;
  }
  /** The names of the skills that this agent may call in this tenant. */
  skillsOf(_agent: string, _tenantId: string): readonly string[] {
    return [];
  }
  /** What agents cannot answer without, each with those who ask it. */
  get backEnds(): ReadonlyMap<BackEnd, readonly BackEndUser[]> {
    return new Map();
  }
  /** The agent of sessions that name none. */
  abstract readonly defaultAgent: string;
}
