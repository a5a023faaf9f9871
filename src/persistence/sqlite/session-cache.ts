import type { Author } from '#libs/contracts';
import type { Query } from './query.js';

export interface SessionRow {
  readonly id: string;
  readonly number: number;
  readonly tenant_id: string;
  readonly owner_kind: Author['kind'];
  readonly owner_id: string;
  readonly agent: string;
  readonly last_seq: number;
  readonly closing: 0 | 1;
  readonly has_callback: 0 | 1;
}

/** Sessions whose row is kept: enough for all that talk at once in one process. */
const LIMIT = 10_000;

type Kept = { -readonly [Field in keyof SessionRow]: SessionRow[Field] };

/**
 * The rows of the sessions that talk now, so that a turn does not read its session and its last number anew at each step.
 * True because one process owns the store and one connection writes: each write says what it changed, and a transaction
 * that is taken back empties it.
 */
export class SessionCache {
  readonly #rows = new Map<string, Kept>();
  readonly #query: Query<SessionRow>;

  constructor(query: Query<SessionRow>) {
    this.#query = query;
  }

  get(id: string): SessionRow | undefined {
    const kept = this.#rows.get(id);
    if (kept !== undefined) return kept;
    const row = this.#query.get(id);
    if (row !== undefined) this.keep(row);
    return row;
  }

  /** The row as it was just written. */
  keep(row: SessionRow): void {
    if (this.#rows.size >= LIMIT) this.#forgetOldest();
    this.#rows.set(row.id, { ...row });
  }

  /** An event of this number was written. */
  numbered(id: string, seq: number): void {
    const kept = this.#rows.get(id);
    if (kept !== undefined) kept.last_seq = seq;
  }

  /** The row of the session, or its callback, was changed or removed. */
  forget(id: string): void {
    this.#rows.delete(id);
  }

  clear(): void {
    this.#rows.clear();
  }

  #forgetOldest(): void {
    for (const id of this.#rows.keys()) {
      this.#rows.delete(id);
      return;
    }
  }
}
