import type { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { isId, type Page, type Session, type UpdateSession } from '#libs/contracts';
import { Sessions, toStoredFrame, type BadCursor, type NewSession, type PageRequest, type Pruned, type Reach, type SessionFilter, type StoredFrame } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';
import { sessionDeleted } from '../turn-facts.js';
import type { GroupCommit } from './group-commit.js';
import { PruneStep } from './prune-step.js';
import { Query } from './query.js';
import type { Reader } from './reader.js';
import type { RoadStatements } from './road-statements.js';
import { sessionIds } from './session-ids.js';
import { OF_SESSION, reachedRow, SELECT_SESSION_VIEW, sessionViews, toSession, type SessionView } from './session-rows.js';
import { toStoredText } from './stored-text.js';
import { reading } from './to-storage-error.js';

/** How long a client's id stays claimed after its session is gone. */
const CLAIM_RETENTION_MS = 24 * 60 * 60 * 1000;
const LIST = 'sessions';

/** Conversations on SQLite: changes go through the group commit, reads see what is committed. */
export class SqliteSessions extends Sessions {
  readonly #writer: GroupCommit;
  readonly #road: RoadStatements;
  readonly #reader: Reader;
  readonly #row;
  readonly #update;
  readonly #close;
  readonly #claimless;
  readonly #claims;
  readonly #events;
  readonly #notes;
  readonly #session;
  readonly #hasOpen;
  readonly #oldClaims;
  readonly #prune;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync, writer: GroupCommit, road: RoadStatements, reader: Reader) {
    super();
    this.#writer = writer;
    this.#road = road;
    this.#reader = reader;
    const ofSession = `id IN (SELECT turn_id FROM events WHERE ${OF_SESSION} AND type = 'message-accepted')`;
    this.#row = new Query<SessionView>(db, `${SELECT_SESSION_VIEW} WHERE s.id = ?`);
    this.#update = new Query(db, 'UPDATE sessions SET title = ?, agent = ?, metadata = ?, changed_at = ? WHERE id = ?');
    this.#close = new Query(db, 'UPDATE sessions SET closing = 1 WHERE id = ?');
    this.#hasOpen = new Query(db, 'SELECT 1 FROM turns INDEXED BY turns_open WHERE session_id = ? AND ended_seq IS NULL LIMIT 1');
    this.#claimless = new Query(db, `DELETE FROM turns WHERE ${ofSession} AND client_id IS NULL`);
    this.#claims = new Query(db, `UPDATE turns SET context = NULL, erased_at = ?2 WHERE ${ofSession}`);
    this.#events = new Query(db, `DELETE FROM events WHERE ${OF_SESSION}`);
    this.#notes = new Query(db, 'DELETE FROM notes WHERE session_id = ?');
    this.#session = new Query(db, 'DELETE FROM sessions WHERE id = ?');
    this.#oldClaims = new Query(
      db,
      'DELETE FROM turns WHERE id IN (SELECT id FROM turns WHERE erased_at IS NOT NULL AND erased_at < ? LIMIT ?)',
    );
    this.#prune = new PruneStep(db);
  }

  override create({ id, tenantId, owner, title, agent, metadata, at }: NewSession): Promise<Session> {
    return this.#writer.submit(() => {
      this.#road.addSession({ id, tenantId, owner, title: title ?? null, agent, metadata: JSON.stringify(metadata), at });
      return toSession(this.#known(id));
    });
  }

  override find(id: string, reach: Reach): Promise<Session | null> {
    return reading(async () => {
      if (!isId(id)) return null;
      const row = await sessionViews(this.#reader).where('s.id', '=', id).executeTakeFirst();
      const reached = reachedRow(row, reach);
      return reached === null ? null : toSession(reached);
    });
  }

  /** The ids come from an index alone, whatever is asked; then the rows of one page are read. */
  override list(reach: Reach, { limit, cursor }: PageRequest, filter: SessionFilter = {}): Promise<Page<Session> | BadCursor> {
    return reading(async () => {
      const before = cursor === undefined || cursor === null ? null : readCursor(cursor, LIST, 'string');
      if (before === undefined) return 'bad_cursor';
      const found = await sessionIds(this.#reader, reach, filter, before).limit(limit + 1).execute();
      const ids = found.slice(0, limit).map(({ id }) => id);
      const last = ids.at(-1);
      if (last === undefined) return { items: [], nextCursor: null };
      const rows = await sessionViews(this.#reader).where('s.id', 'in', ids).orderBy('s.id', 'desc').execute();
      return { items: rows.map(toSession), nextCursor: found.length > limit ? writeCursor(LIST, last) : null };
    });
  }

  override update(id: string, reach: Reach, change: UpdateSession, at: number): Promise<Session | null> {
    return this.#writer.submit(() => {
      const row = this.#reached(id, reach);
      if (row === null) return null;
      const title = change.title === undefined ? row.title : change.title === null ? null : toStoredText(change.title);
      const agent = change.agent === undefined ? row.agent : toStoredText(change.agent);
      const metadata = change.metadata === undefined ? row.metadata : JSON.stringify(change.metadata);
      this.#update.run(title, agent, metadata, at, id);
      this.#road.session.forget(id);
      return toSession(this.#known(id));
    });
  }

  override close(id: string, reach: Reach): Promise<boolean> {
    return this.#writer.submit(() => {
      if (this.#reached(id, reach) === null) return false;
      this.#road.session.forget(id);
      return this.#close.run(id) === 1;
    });
  }

  /** Also removes claims older than a day, some more than this call adds, so that they cannot pile up. */
  override erase(id: string, at: number, committed?: (frame: StoredFrame) => void): Promise<StoredFrame | null> {
    return this.#writer.submit(
      () => {
        const row = isId(id) ? this.#row.get(id) : undefined;
        if (row === undefined || row.closing === 0 || this.#hasOpen.get(id) !== undefined) return null;
        const frame = toStoredFrame(sessionDeleted(at), id, row.last_seq + 1);
        this.#claimless.run(id);
        const claims = this.#claims.run(id, at);
        this.#events.run(id);
        this.#notes.run(id);
        this.#session.run(id);
        this.#road.session.forget(id);
        this.#oldClaims.run(at - CLAIM_RETENTION_MS, 2 * claims + 100);
        return frame;
      },
      (frame) => {
        if (frame !== null) committed?.(frame);
      },
    );
  }

  override closed(limit: number): Promise<readonly { readonly id: string; readonly tenantId: string }[]> {
    return reading(async () => {
      const rows = await this.#reader
        .selectFrom('sessions')
        .select(['id', 'tenant_id'])
        // Said as it stands: for a value that is bound SQLite does not take the index of those that close, and reads all sessions.
        .where('closing', '=', sql.lit(1))
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ id: row.id, tenantId: row.tenant_id }));
    });
  }

  override prune(before: number, after: string, limit: number): Promise<Pruned> {
    return this.#writer.submit(() => this.#prune.run(before, after, limit));
  }

  #reached(id: string, reach: Reach): SessionView | null {
    return isId(id) ? reachedRow(this.#row.get(id), reach) : null;
  }

  #known(id: string): SessionView {
    const row = this.#row.get(id);
    if (row === undefined) throw new Error(`session ${id} is not there after it was written`);
    return row;
  }
}
