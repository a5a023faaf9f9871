import type { Accepted, Author, Content, Failure, Metadata, TurnState } from '#libs/contracts';
import type { Fact, StoredFrame } from './event-frame.js';
import type { Reach } from './reach.js';

export interface AcceptRequest {
  readonly reach: Reach;
  readonly author: Author;
  readonly channel: string;
  /** Ids for what this call may make; unused ones are forgotten. */
  readonly ids: { readonly message: string; readonly turn: string; readonly session: string };
  /** Absent: a new session is made, owned by the author. */
  readonly sessionId?: string;
  readonly clientId?: string;
  /** Digest of content, agent and projectIds; required with `clientId`, compared when the id was claimed before. */
  readonly fingerprint?: string;
  readonly content: Content;
  /** Agent of this turn; absent: the session's. */
  readonly agent?: string;
  /** Agent of a session made by this call. */
  readonly defaultAgent: string;
  readonly projectIds?: readonly string[];
  readonly metadata?: Metadata;
  /** What the door needs to answer in the right place; opaque to everybody else. */
  readonly replyContext?: unknown;
  /** `traceparent` of the span that took it in; kept with the turn, so that what follows belongs to the same trace. */
  readonly traceparent?: string;
  /** Under which the log tells of it; kept with the turn, so that it is the same after a crash. */
  readonly requestId?: string;
  /** Told to whoever brings something new; a duplicate is answered all the same. */
  readonly refusal?: Failure;
  /** Whether a turn may start at once when its session is idle. */
  readonly start: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The right to write for a running turn. `attempt` is the fencing token: a later attempt makes all writes of an earlier one stale. */
export interface Lease {
  readonly turnId: string;
  readonly sessionId: string;
  readonly attempt: number;
}

/** Text of a running turn that survives a crash. */
export interface Checkpoint {
  readonly text: string;
  /** UTF-16 length of the part that belongs to finished steps. */
  readonly settled: number;
}

export interface ClaimedTurn extends Lease {
  readonly tenantId: string;
  readonly messageId: string;
  readonly author: Author;
  readonly agent: string;
  readonly channel: string;
  readonly content: Content;
  readonly projectIds: readonly string[];
  readonly metadata: Metadata;
  readonly replyContext: unknown;
  readonly traceparent?: string;
  readonly requestId?: string;
  readonly acceptedSeq: number;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly startedAt: number;
  /** What an earlier attempt left behind. */
  readonly checkpoint: Checkpoint | null;
  /** The stored message does not fit its checksum: `content` is empty, `channel` unknown, and the turn can only fail. */
  readonly damaged?: true;
}

export interface Started {
  readonly turn: ClaimedTurn;
  readonly frames: readonly StoredFrame[];
}

export type AcceptOutcome =
  | { readonly kind: 'accepted'; readonly accepted: Accepted; readonly frames: readonly StoredFrame[]; readonly started: Started | null }
  | { readonly kind: 'duplicate'; readonly accepted: Accepted }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** How a turn ends: the terminal fact, and the state it stands for. */
export interface TurnEnd {
  readonly state: Extract<TurnState, 'completed' | 'failed' | 'cancelled'>;
  readonly fact: Fact;
}

export interface Finished {
  readonly frames: readonly StoredFrame[];
  /** The next turn of the same session, when one waited and was asked for. */
  readonly started: Started | null;
}

export type CancelOutcome =
  | { readonly kind: 'not_found' }
  | { readonly kind: 'ended'; readonly turnId: string; readonly sessionId: string; readonly state: TurnState; readonly frames: readonly StoredFrame[] }
  | { readonly kind: 'running'; readonly turnId: string; readonly sessionId: string };

export interface OpenTurn extends Lease {
  readonly tenantId: string;
  readonly messageId: string;
  readonly state: 'queued' | 'running';
  readonly checkpoint: Checkpoint | null;
  readonly requestId?: string;
}

/** `stale`: the lease is not the turn's any more; nothing was written. */
export type Stale = 'stale';

/**
 * The durable road of messages: claims, events, turns.
 *
 * Every method is one atomic step, on disk before its promise resolves. Frames of a session are numbered
 * 1, 2, 3 … without gaps. `committed` callbacks run synchronously, in the order of the commits, before the
 * promise of the step resolves: what they publish is in `seq` order for each session. Rejects with
 * `StorageError` when the step could not be written; then it has not happened.
 */
export abstract class Inbox {
  /**
   * Claims the client's id, appends `message-accepted`, and, when `start` is set and the session is idle,
   * starts the turn in the same commit. A refusal writes nothing.
   * Refuses with `not_found` (session not within reach, or being deleted) and `idempotency_conflict`.
   */
  abstract accept(request: AcceptRequest, committed?: (outcome: AcceptOutcome) => void): Promise<AcceptOutcome>;

  /**
   * Starts the oldest queued turn of the session (attempt + 1, `turn-started`), or null when none waits or one runs.
   * With `agent` only when that turn is this agent's.
   * A turn whose message is damaged starts too, marked as such, so that it has its end and keeps nobody waiting.
   */
  abstract claim(sessionId: string, at: number, committed?: (started: Started | null) => void, agent?: string): Promise<Started | null>;

  /** The agent of the oldest queued turn of the session; null when none waits or one runs. */
  abstract waitingAgent(sessionId: string): Promise<string | null>;

  /** Appends facts of a running turn, and with them the checkpoint when given. */
  abstract append(
    lease: Lease,
    facts: readonly Fact[],
    checkpoint?: Checkpoint,
    committed?: (frames: readonly StoredFrame[]) => void,
  ): Promise<readonly StoredFrame[] | Stale>;

  /** Keeps the text so far. False when the lease is stale. */
  abstract checkpoint(lease: Lease, checkpoint: Checkpoint): Promise<boolean>;

  /** Stores the one end of a running turn and, when `startNext` is set, starts the session's next in the same commit. */
  abstract finish(lease: Lease, end: TurnEnd, startNext: boolean, committed?: (finished: Finished) => void): Promise<Finished | Stale>;

  /** Puts a running turn back into the queue; it keeps its place and its attempts. False when the lease is stale. */
  abstract release(lease: Lease): Promise<boolean>;

  /** Ends a queued turn as cancelled; of a running one says so; an ended one keeps its state. */
  abstract cancel(
    target: { readonly turnId: string } | { readonly messageId: string },
    reach: Reach,
    by: Author,
    at: number,
    committed?: (outcome: CancelOutcome) => void,
  ): Promise<CancelOutcome>;

  /** Turns without an end, ordered by turn id, at most `limit` behind `afterTurnId`. */
  abstract openTurns(afterTurnId: string | null, limit: number): Promise<readonly OpenTurn[]>;
}

/** The store could not write or read; nothing of the step took effect. */
export class StorageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageError';
  }
}
