import { isoTime, type EventType, type StoredEventType } from '#libs/contracts';

/**
 * An event of a session, written once: `json` is the whole event as every door sends it and as the store keeps it.
 */
export interface EventFrame {
  readonly type: EventType;
  readonly sessionId: string;
  /** Null for events that are not stored (`text-delta`). */
  readonly seq: number | null;
  readonly turnId: string | null;
  readonly json: string;
}

export interface StoredFrame extends EventFrame {
  readonly type: StoredEventType;
  readonly seq: number;
}

/** A fact before it is numbered: `fields` are the event's own, without `type`, `at`, `sessionId`, `seq`. */
export interface Fact {
  readonly type: StoredEventType;
  readonly turnId: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly fields: object;
}

/** Numbers a fact and writes its one and only JSON. */
export function toStoredFrame(fact: Fact, sessionId: string, seq: number): StoredFrame {
  const json = JSON.stringify({ type: fact.type, at: isoTime(fact.at), sessionId, seq, ...fact.fields });
  return { type: fact.type, sessionId, seq, turnId: fact.turnId, json };
}
