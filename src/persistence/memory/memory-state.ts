import type { Author, Metadata, TurnState } from '#libs/contracts';
import { toStoredFrame, type AcceptRequest, type Checkpoint, type Fact, type StoredFrame } from '#libs/ports';
import { MemoryDeliveries } from './memory-deliveries.js';

export interface StoredSession {
  readonly id: string;
  readonly tenantId: string;
  readonly owner: Author;
  title: string | undefined;
  agent: string;
  metadata: Metadata;
  /** Number of the first event that is kept. */
  firstSeq: number;
  lastSeq: number;
  closing: boolean;
  readonly createdAt: number;
  updatedAt: number;
  /** From `firstSeq` on. */
  readonly events: StoredFrame[];
  readonly turnIds: string[];
}

export interface StoredTurn {
  readonly turnId: string;
  readonly sessionId: string;
  readonly tenantId: string;
  readonly messageId: string;
  readonly claimKey: string | null;
  readonly fingerprint: string | undefined;
  readonly sessionNamed: boolean;
  readonly agent: string;
  state: TurnState;
  attempt: number;
  readonly acceptedSeq: number;
  endedSeq: number | null;
  readonly acceptedAt: number;
  checkpoint: Checkpoint | null;
  /** What was said; gone when the session is erased. */
  request: Pick<AcceptRequest, 'author' | 'channel' | 'content' | 'projectIds' | 'metadata' | 'replyContext' | 'traceparent' | 'requestId'> | null;
  erasedAt: number | null;
}

/** What the in-memory adapters of the road share. */
export class MemoryState {
  readonly sessions = new Map<string, StoredSession>();
  readonly turns = new Map<string, StoredTurn>();
  readonly turnOfMessage = new Map<string, string>();
  readonly turnOfClaim = new Map<string, string>();
  readonly notes = new Map<string, Map<string, { readonly text: string; readonly at: number }>>();
  readonly deliveries = new MemoryDeliveries();
  readonly #onFault: (error: unknown) => void;

  /** `onFault` is told what `committed` callbacks throw. */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** One atomic step; begun in the order of the calls, never inside another step or its callback. */
  async step<Result>(work: () => Result, committed?: (result: Result) => void): Promise<Result> {
    await Promise.resolve();
    const result = work();
    try {
      committed?.(result);
    } catch (error) {
      this.#onFault(error);
    }
    return result;
  }

  append(session: StoredSession, fact: Fact): StoredFrame {
    session.lastSeq += 1;
    session.updatedAt = fact.at;
    const frame = toStoredFrame(fact, session.id, session.lastSeq);
    session.events.push(frame);
    this.deliveries.enqueueEnd(frame, fact.at);
    return frame;
  }

  /** The oldest turn of the session without an end. */
  oldestOpen(session: StoredSession): StoredTurn | undefined {
    for (const id of session.turnIds) {
      const turn = this.turns.get(id);
      if (turn !== undefined && turn.endedSeq === null) return turn;
    }
    return undefined;
  }

  forget(turn: StoredTurn): void {
    this.turns.delete(turn.turnId);
    this.turnOfMessage.delete(turn.messageId);
    if (turn.claimKey !== null) this.turnOfClaim.delete(turn.claimKey);
  }
}
