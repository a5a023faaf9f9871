export interface Note {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The notes that an agent keeps in a session. */
export abstract class Notes {
  /** Keeps the note once for each `idempotencyKey`; a repeat changes nothing. At most 100 notes a session: false beyond. */
  abstract add(sessionId: string, idempotencyKey: string, note: Note): Promise<boolean>;
  /** Oldest first. */
  abstract list(sessionId: string): Promise<readonly Note[]>;
}
