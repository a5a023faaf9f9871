import type { DatabaseSync } from 'node:sqlite';
import type { Pruned } from '#libs/ports';
import { Query } from './query.js';
import { LAST_AT, LAST_SEQ } from './session-rows.js';

interface PrunableRow {
  readonly id: string;
  readonly number: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly last_at: number | null;
  readonly closing: 0 | 1;
}

/** `Sessions.prune` inside a transaction. */
export class PruneStep {
  readonly #sessions;
  readonly #hasOpen;
  readonly #turns;
  readonly #events;
  readonly #notes;
  readonly #forget;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync) {
    this.#sessions = new Query<PrunableRow>(
      db,
      `SELECT s.id, s.number, s.first_seq, s.closing, ${LAST_SEQ} AS last_seq, ${LAST_AT} AS last_at FROM sessions s WHERE s.id > ? ORDER BY s.id LIMIT ?`,
    );
    this.#hasOpen = new Query(db, 'SELECT 1 FROM turns INDEXED BY turns_open WHERE session_id = ? AND ended_seq IS NULL LIMIT 1');
    this.#turns = new Query(
      db,
      "DELETE FROM turns WHERE id IN (SELECT turn_id FROM events WHERE session = ? AND seq <= ? AND type = 'message-accepted')",
    );
    this.#events = new Query(db, 'DELETE FROM events WHERE session = ? AND seq <= ?');
    this.#notes = new Query(db, 'DELETE FROM notes WHERE session_id = ?');
    this.#forget = new Query(db, 'UPDATE sessions SET first_seq = ?, changed_at = max(changed_at, ?) WHERE id = ?');
  }

  run(before: number, after: string, limit: number): Pruned {
    const rows = this.#sessions.all(after, limit);
    let events = 0;
    let done = after;
    for (const row of rows) {
      const { last_at: lastAt } = row;
      if (lastAt !== null && lastAt < before && row.closing === 0 && this.#hasOpen.get(row.id) === undefined) {
        if (events === limit) return { events, next: done };
        const upTo = Math.min(row.last_seq, row.first_seq + limit - events - 1);
        events += this.#erase(row, upTo, lastAt);
        if (upTo < row.last_seq) return { events, next: done };
      }
      done = row.id;
    }
    return { events, next: rows.length < limit ? null : done };
  }

  /** The time of the last event stays the session's: the row takes it over. */
  #erase({ id, number, last_seq }: PrunableRow, upTo: number, lastAt: number): number {
    this.#turns.run(number, upTo);
    const erased = this.#events.run(number, upTo);
    if (upTo === last_seq) this.#notes.run(id);
    this.#forget.run(upTo + 1, lastAt, id);
    return erased;
  }
}
