import { sql } from 'kysely';
import { isId, type Metadata, type Page, type Session, type UpdateSession } from '#libs/contracts';
import { Sessions, type BadCursor, type NewSession, type PageRequest, type Pruned, type Reach, type SessionFilter, type StoredFrame } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';
import { likePattern } from '../like-pattern.js';
import { sessionDeleted } from '../turn-facts.js';
import { anyOf } from './any-of.js';
import type { Database } from './database.js';
import { fromJsonText, toJsonText } from './json-text.js';
import { pruneStep } from './prune-step.js';
import type { StepWriter } from './step-writer.js';
import type { SessionsTable } from './tables.js';
import { withinReach } from './within-reach.js';
import { numberFact, writeFact } from './written-fact.js';

/** How long a client's id stays claimed after its session is gone. */
const CLAIM_RETENTION_MS = 24 * 60 * 60 * 1000;
const LIST = 'sessions';

/** Each call is one statement, on disk before it resolves; `erase` is a step on the way of the messages. */
export class PostgresSessions extends Sessions {
  readonly #writer: StepWriter;
  readonly #database: Database;

  constructor(writer: StepWriter, database: Database) {
    super();
    this.#writer = writer;
    this.#database = database;
  }

  override async create({ id, tenantId, owner, title, agent, metadata, at }: NewSession): Promise<Session> {
    const row = await this.#database
      .insertInto('sessions')
      .values({
        id,
        tenant_id: tenantId,
        owner_kind: owner.kind,
        owner_id: toJsonText(owner.id),
        title: title === undefined ? null : toJsonText(title),
        agent: toJsonText(agent),
        metadata: JSON.stringify(metadata),
        first_seq: 1,
        last_seq: 0,
        closing: false,
        created_at: at,
        updated_at: at,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toSession(row);
  }

  override async find(id: string, reach: Reach): Promise<Session | null> {
    if (!isId(id)) return null;
    const row = await this.#database.selectFrom('sessions').selectAll().where('id', '=', id).where(withinReach(reach)).executeTakeFirst();
    return row === undefined ? null : toSession(row);
  }

  override async list(reach: Reach, { limit, cursor }: PageRequest, filter: SessionFilter = {}): Promise<Page<Session> | BadCursor> {
    const before = cursor === undefined || cursor === null ? null : readCursor(cursor, LIST, 'string');
    if (before === undefined || (before !== null && !isId(before))) return 'bad_cursor';
    const ids = this.#idsOf(reach, filter, before, limit + 1);
    const rows = await this.#database.selectFrom('sessions').selectAll().where('id', '=', anyOf<string>(ids)).orderBy('id', 'desc').execute();
    const items = rows.slice(0, limit).map(toSession);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.id) : null };
  }

  /** Each kind of filter has an index that holds all that any of them asks, so that no row of the table is looked at in vain. */
  #idsOf(reach: Reach, { agent, owner, text }: SessionFilter, before: string | null, limit: number) {
    let fitting = this.#database.selectFrom('sessions').where(withinReach(reach)).orderBy('id', 'desc');
    if (agent !== undefined) fitting = fitting.where('agent', '=', toJsonText(agent));
    if (owner !== undefined) fitting = fitting.where('owner_kind', '=', owner.kind).where('owner_id', '=', toJsonText(owner.id));
    if (before !== null) fitting = fitting.where('id', '<', before);
    if (text === undefined) return fitting.select('id').limit(limit);
    // Behind OFFSET 0 the titles are read in order until enough fit; else the server guesses how many do, and sorts them all.
    const titled = fitting.select(['id', 'title']).where('title', 'is not', null).offset(sql.lit(0)).as('titled');
    return this.#database.selectFrom(titled).select('id').where(titleHas(text)).limit(limit);
  }

  override async update(id: string, reach: Reach, change: UpdateSession, at: number): Promise<Session | null> {
    if (!isId(id)) return null;
    const { title, agent, metadata } = change;
    const row = await this.#database
      .updateTable('sessions')
      .set({
        updated_at: at,
        ...(title === undefined ? {} : { title: title === null ? null : toJsonText(title) }),
        ...(agent === undefined ? {} : { agent: toJsonText(agent) }),
        ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
      })
      .where('id', '=', id)
      .where(withinReach(reach))
      .returningAll()
      .executeTakeFirst();
    return row === undefined ? null : toSession(row);
  }

  override async close(id: string, reach: Reach): Promise<boolean> {
    if (!isId(id)) return false;
    const { numUpdatedRows } = await this.#database
      .updateTable('sessions')
      .set({ closing: true })
      .where('id', '=', id)
      .where(withinReach(reach))
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** Also removes claims older than a day, some more than this call adds, so that they cannot pile up. */
  override erase(id: string, at: number, committed?: (frame: StoredFrame) => void): Promise<StoredFrame | null> {
    const call = { step: 'erase', sessionId: isId(id) ? id : '', at, claimsBefore: at - CLAIM_RETENTION_MS };
    const read = ({ seq }: { seq?: number }) => (seq === undefined ? null : numberFact(writeFact(sessionDeleted(at)), id, seq));
    return this.#writer.submit(call, read, (frame) => {
      if (frame !== null) committed?.(frame);
    });
  }

  override prune(before: number, after: string, limit: number): Promise<Pruned> {
    return pruneStep(this.#database, before, after, limit);
  }

  override async closed(limit: number): Promise<readonly { readonly id: string; readonly tenantId: string }[]> {
    return await this.#database
      .selectFrom('sessions')
      .select(['id', 'tenant_id as tenantId'])
      .where('closing', '=', true)
      .orderBy('id')
      .limit(limit)
      .execute();
  }
}

/** Titles are JSON text; what is looked for is written the same way. In the "C" collation only a to z have two cases. */
function titleHas(text: string) {
  const pattern = likePattern(toJsonText(text).slice(1, -1));
  return sql<boolean>`lower(titled.title COLLATE "C") LIKE lower(${pattern}::text COLLATE "C") ESCAPE '!'`;
}

function toSession(row: SessionsTable): Session {
  const metadata: Metadata = JSON.parse(row.metadata);
  return {
    id: row.id,
    owner: { kind: row.owner_kind, id: fromJsonText(row.owner_id) },
    ...(row.title === null ? {} : { title: fromJsonText(row.title) }),
    agent: fromJsonText(row.agent),
    lastSeq: row.last_seq,
    metadata,
    createdAt: new Date(row.created_at).toISOString(),
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}
