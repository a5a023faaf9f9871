import { sql } from 'kysely';
import { isId } from '#libs/contracts';
import { CallbackTargets, type CallbackTarget } from '#libs/ports';
import { toCallbackTarget, type CallbackTargetsTable } from '../delivery-row.js';
import type { Database } from './database.js';

/** Callback targets on PostgreSQL; the schema takes a session's target away with the session. */
export class PostgresCallbackTargets extends CallbackTargets {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async setForSession(target: CallbackTarget & { sessionId: string }): Promise<CallbackTarget | null> {
    const { id, tenantId, sessionId, url, secret, createdAt } = target;
    if (!isId(sessionId)) return null;
    const { rows } = await sql<CallbackTargetsTable>`
      WITH session AS (
        SELECT id, tenant_id FROM parley.sessions WHERE id = ${sessionId} AND tenant_id = ${tenantId} AND NOT closing FOR KEY SHARE
      )
      INSERT INTO parley.callback_targets (id, tenant_id, session_id, url, secret, created_at)
      SELECT ${id}, session.tenant_id, session.id, ${url}, ${secret}, ${createdAt}::bigint FROM session
      ON CONFLICT (session_id) DO UPDATE SET url = excluded.url, secret = excluded.secret, created_at = excluded.created_at
      RETURNING *`.execute(this.#database);
    return rows[0] === undefined ? null : toCallbackTarget(rows[0]);
  }

  override ofSession(sessionId: string, tenantId: string): Promise<CallbackTarget | null> {
    return this.#findBy('session_id', sessionId, tenantId);
  }

  override async removeFromSession(sessionId: string, tenantId: string): Promise<boolean> {
    if (!isId(sessionId)) return false;
    const { numDeletedRows } = await this.#database
      .deleteFrom('callback_targets')
      .where('session_id', '=', sessionId)
      .where('tenant_id', '=', tenantId)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  }

  override async addAddress(target: CallbackTarget & { sessionId: null }, limit: number): Promise<CallbackTarget | 'full'> {
    const { id, tenantId, url, secret, createdAt } = target;
    const { rows } = await sql<CallbackTargetsTable>`
      INSERT INTO parley.callback_targets (id, tenant_id, session_id, url, secret, created_at)
      SELECT ${id}, ${tenantId}, NULL, ${url}, ${secret}, ${createdAt}::bigint
      WHERE (SELECT count(*) FROM parley.callback_targets WHERE tenant_id = ${tenantId} AND session_id IS NULL) < ${limit}::bigint
      ON CONFLICT (tenant_id, url) WHERE session_id IS NULL DO NOTHING
      RETURNING *`.execute(this.#database);
    if (rows[0] !== undefined) return toCallbackTarget(rows[0]);
    const known = await this.#database
      .selectFrom('callback_targets')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('url', '=', url)
      .where('session_id', 'is', null)
      .executeTakeFirst();
    return known === undefined ? 'full' : toCallbackTarget(known);
  }

  override async replaceSecret(tenantId: string, url: string, secret: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('callback_targets')
      .set({ secret })
      .where('tenant_id', '=', tenantId)
      .where('url', '=', url)
      .where('session_id', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  override async after(id: string, limit: number): Promise<readonly CallbackTarget[]> {
    const rows = await this.#database.selectFrom('callback_targets').selectAll().where('id', '>', id).orderBy('id').limit(limit).execute();
    return rows.map(toCallbackTarget);
  }

  override async reseal(target: CallbackTarget, secret: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('callback_targets')
      .set({ secret })
      .where('id', '=', target.id)
      .where('secret', '=', target.secret)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  override find(id: string, tenantId: string): Promise<CallbackTarget | null> {
    return this.#findBy('id', id, tenantId);
  }

  async #findBy(column: 'id' | 'session_id', id: string, tenantId: string): Promise<CallbackTarget | null> {
    if (!isId(id)) return null;
    const query = this.#database.selectFrom('callback_targets').selectAll().where(column, '=', id).where('tenant_id', '=', tenantId);
    const row = await query.executeTakeFirst();
    return row === undefined ? null : toCallbackTarget(row);
  }
}
