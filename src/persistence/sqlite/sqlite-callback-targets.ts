import type { DatabaseSync } from 'node:sqlite';
import { isId } from '#libs/contracts';
import { CallbackTargets, type CallbackTarget } from '#libs/ports';
import { toCallbackTarget, type CallbackTargetsTable } from '../delivery-row.js';
import type { GroupCommit } from './group-commit.js';
import { Query } from './query.js';
import type { Reader } from './reader.js';
import type { RoadStatements } from './road-statements.js';
import { reading } from './to-storage-error.js';

/** Callback targets on SQLite; the schema takes a session's target away with the session. */
export class SqliteCallbackTargets extends CallbackTargets {
  readonly #writer: GroupCommit;
  readonly #road: RoadStatements;
  readonly #reader: Reader;
  readonly #set;
  readonly #remove;
  readonly #address;
  readonly #addresses;
  readonly #add;
  readonly #replaceSecret;
  readonly #reseal;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync, writer: GroupCommit, road: RoadStatements, reader: Reader) {
    super();
    this.#writer = writer;
    this.#road = road;
    this.#reader = reader;
    this.#set = new Query<CallbackTargetsTable>(
      db,
      `INSERT INTO callback_targets (id, tenant_id, session_id, url, secret, created_at)
       SELECT ?1, tenant_id, id, ?4, ?5, ?6 FROM sessions WHERE id = ?2 AND tenant_id = ?3 AND closing = 0
       ON CONFLICT (session_id) DO UPDATE SET url = excluded.url, secret = excluded.secret, created_at = excluded.created_at RETURNING *`,
    );
    this.#remove = new Query(db, 'DELETE FROM callback_targets WHERE session_id = ? AND tenant_id = ?');
    this.#address = new Query<CallbackTargetsTable>(db, 'SELECT * FROM callback_targets WHERE tenant_id = ? AND url = ? AND session_id IS NULL');
    this.#addresses = new Query<{ count: number }>(
      db,
      'SELECT count(*) AS count FROM callback_targets WHERE tenant_id = ? AND session_id IS NULL',
    );
    this.#add = new Query(db, 'INSERT INTO callback_targets (id, tenant_id, session_id, url, secret, created_at) VALUES (?, ?, NULL, ?, ?, ?)');
    this.#reseal = new Query(db, 'UPDATE callback_targets SET secret = ? WHERE id = ? AND secret = ?');
    this.#replaceSecret = new Query(db, 'UPDATE callback_targets SET secret = ? WHERE tenant_id = ? AND url = ? AND session_id IS NULL');
  }

  override setForSession({ id, tenantId, sessionId, url, secret, createdAt }: CallbackTarget & { sessionId: string }): Promise<CallbackTarget | null> {
    return this.#writer.submit(() => {
      const row = isId(sessionId) ? this.#set.get(id, sessionId, tenantId, url, secret, createdAt) : undefined;
      this.#road.session.forget(sessionId);
      return row === undefined ? null : toCallbackTarget(row);
    });
  }

  override ofSession(sessionId: string, tenantId: string): Promise<CallbackTarget | null> {
    return this.#findBy('session_id', sessionId, tenantId);
  }

  override removeFromSession(sessionId: string, tenantId: string): Promise<boolean> {
    return this.#writer.submit(() => {
      const removed = isId(sessionId) && this.#remove.run(sessionId, tenantId) === 1;
      this.#road.session.forget(sessionId);
      return removed;
    });
  }

  override addAddress(target: CallbackTarget & { sessionId: null }, limit: number): Promise<CallbackTarget | 'full'> {
    return this.#writer.submit(() => {
      const known = this.#address.get(target.tenantId, target.url);
      if (known !== undefined) return toCallbackTarget(known);
      if ((this.#addresses.get(target.tenantId)?.count ?? 0) >= limit) return 'full';
      this.#add.run(target.id, target.tenantId, target.url, target.secret, target.createdAt);
      return target;
    });
  }

  override replaceSecret(tenantId: string, url: string, secret: string): Promise<boolean> {
    return this.#writer.submit(() => this.#replaceSecret.run(secret, tenantId, url) === 1);
  }

  override after(id: string, limit: number): Promise<readonly CallbackTarget[]> {
    return reading(async () => {
      const rows = await this.#reader.selectFrom('callback_targets').selectAll().where('id', '>', id).orderBy('id').limit(limit).execute();
      return rows.map(toCallbackTarget);
    });
  }

  override reseal(target: CallbackTarget, secret: string): Promise<boolean> {
    return this.#writer.submit(() => {
      const replaced = this.#reseal.run(secret, target.id, target.secret) === 1;
      if (target.sessionId !== null) this.#road.session.forget(target.sessionId);
      return replaced;
    });
  }

  override find(id: string, tenantId: string): Promise<CallbackTarget | null> {
    return this.#findBy('id', id, tenantId);
  }

  #findBy(column: 'id' | 'session_id', id: string, tenantId: string): Promise<CallbackTarget | null> {
    return reading(async () => {
      if (!isId(id)) return null;
      const query = this.#reader.selectFrom('callback_targets').selectAll().where(column, '=', id).where('tenant_id', '=', tenantId);
      const row = await query.executeTakeFirst();
      return row === undefined ? null : toCallbackTarget(row);
    });
  }
}
