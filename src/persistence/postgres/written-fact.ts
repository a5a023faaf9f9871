import type { Fact, StoredFrame } from '#libs/ports';

/** A fact whose JSON is written but for the number, which the database gives: `tail` is what follows it. */
export interface WrittenFact {
  readonly type: Fact['type'];
  readonly turnId: string | null;
  /** ISO 8601 UTC with milliseconds. */
  readonly at: string;
  readonly tail: string;
}

export function writeFact({ type, turnId, at, fields }: Fact): WrittenFact {
  const json = JSON.stringify(fields);
  return { type, turnId, at: new Date(at).toISOString(), tail: json === '{}' ? '}' : `,${json.slice(1)}` };
}

/** The frame with the very JSON that the database wrote, which is that of `toStoredFrame`. */
export function numberFact({ type, turnId, at, tail }: WrittenFact, sessionId: string, seq: number): StoredFrame {
  return { type, sessionId, seq, turnId, json: `{"type":"${type}","at":"${at}","sessionId":"${sessionId}","seq":${seq}${tail}` };
}
