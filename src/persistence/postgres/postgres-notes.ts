import { isId } from '#libs/contracts';
import { Notes, type Note } from '#libs/ports';
import type { Database } from './database.js';
import { fromJsonText, toJsonText } from './json-text.js';
import type { StepWriter } from './step-writer.js';

const NOTES_PER_SESSION = 100;

/** Notes are kept on the way of the messages, one step after another. */
export class PostgresNotes extends Notes {
  readonly #writer: StepWriter;
  readonly #database: Database;

  constructor(writer: StepWriter, database: Database) {
    super();
    this.#writer = writer;
    this.#database = database;
  }

  override async add(sessionId: string, idempotencyKey: string, { text, at }: Note): Promise<boolean> {
    if (!isId(sessionId)) return false;
    const call = { step: 'note', sessionId, key: toJsonText(idempotencyKey), text: toJsonText(text), at, limit: NOTES_PER_SESSION };
    return await this.#writer.submit(call, ({ kept }: { kept: boolean }) => kept);
  }

  override async list(sessionId: string): Promise<readonly Note[]> {
    if (!isId(sessionId)) return [];
    const rows = await this.#database
      .selectFrom('notes')
      .select(['text', 'at'])
      .where('session_id', '=', sessionId)
      .orderBy('place')
      .execute();
    return rows.map((row) => ({ text: fromJsonText(row.text), at: row.at }));
  }
}
