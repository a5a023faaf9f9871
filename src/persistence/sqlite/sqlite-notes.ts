import type { DatabaseSync } from 'node:sqlite';
import { isId } from '#libs/contracts';
import { Notes, type Note } from '#libs/ports';
import type { GroupCommit } from './group-commit.js';
import { Query } from './query.js';
import type { Reader } from './reader.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import { reading } from './to-storage-error.js';

const NOTES_PER_SESSION = 100;

/** Notes of sessions on SQLite; they go with the session. */
export class SqliteNotes extends Notes {
  readonly #writer: GroupCommit;
  readonly #reader: Reader;
  readonly #kept;
  readonly #count;
  readonly #add;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync, writer: GroupCommit, reader: Reader) {
    super();
    this.#writer = writer;
    this.#reader = reader;
    this.#kept = new Query(db, 'SELECT 1 FROM notes WHERE session_id = ? AND idempotency_key = ?');
    this.#count = new Query<{ count: number }>(db, 'SELECT count(*) AS count FROM notes WHERE session_id = ?');
    this.#add = new Query(db, 'INSERT INTO notes (session_id, place, idempotency_key, text, at) VALUES (?, ?, ?, ?, ?)');
  }

  override add(sessionId: string, idempotencyKey: string, { text, at }: Note): Promise<boolean> {
    return this.#writer.submit(() => {
      const key = toStoredText(idempotencyKey);
      if (!isId(sessionId)) return false;
      if (this.#kept.get(sessionId, key) !== undefined) return true;
      const count = this.#count.get(sessionId)?.count ?? 0;
      if (count >= NOTES_PER_SESSION) return false;
      this.#add.run(sessionId, count, key, toStoredText(text), at);
      return true;
    });
  }

  override list(sessionId: string): Promise<readonly Note[]> {
    return reading(async () => {
      if (!isId(sessionId)) return [];
      const rows = await this.#reader
        .selectFrom('notes')
        .select(['text', 'at'])
        .where('session_id', '=', sessionId)
        .orderBy('place')
        .execute();
      return rows.map((row) => ({ text: fromStoredText(row.text), at: row.at }));
    });
  }
}
