import type { Content, Message, Page, TurnState } from '#libs/contracts';
import type { StoredFrame } from './event-frame.js';
import type { Reach } from './reach.js';
import type { BadCursor, PageRequest } from './sessions.js';

export interface HistoryBounds {
  /** The first event that is kept; `lastSeq + 1` when none is. */
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** What was said, as a model is told it. */
export interface Utterance {
  readonly seq: number;
  readonly role: 'user' | 'assistant';
  readonly content: Content;
}

export interface TurnRecord {
  readonly turnId: string;
  readonly messageId: string;
  readonly sessionId: string;
  readonly state: TurnState;
  readonly acceptedSeq: number;
  /** `traceparent` of the span that took its message in. */
  readonly traceparent?: string;
  /** Under which the log tells of it. */
  readonly requestId?: string;
}

/** What has happened in sessions, for reading. A row whose checksum is wrong is never returned: the read rejects with `StorageError`. */
export abstract class History {
  /** Null when the session is not within reach. */
  abstract bounds(sessionId: string, reach: Reach): Promise<HistoryBounds | null>;
  /** Stored events with `seq > after`, ascending, at most `limit`. The caller has asked `bounds` with its reach before. */
  abstract events(sessionId: string, after: number, limit: number): Promise<readonly StoredFrame[]>;
  /** The stored events of one turn, ascending. */
  abstract turnEvents(turnId: string): Promise<readonly StoredFrame[]>;
  /** Messages and completed replies with `seq < before`, newest first, at most `limit`. Its cost does not grow with the session. */
  abstract conversation(sessionId: string, before: number, limit: number): Promise<readonly Utterance[]>;
  abstract message(id: string, reach: Reach): Promise<Message | null>;
  /** In order of acceptance. Null when the session is not within reach. */
  abstract messages(sessionId: string, reach: Reach, page: PageRequest): Promise<Page<Message> | BadCursor | null>;
  abstract turn(turnId: string, reach: Reach): Promise<TurnRecord | null>;
}
