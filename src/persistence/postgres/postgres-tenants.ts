import type { Selectable } from 'kysely';
import { NO_TENANT_LIMITS, type Page, type TenantLimits } from '#libs/contracts';
import { changedTenant, Tenants, type BadCursor, type PageRequest, type TenantChange, type TenantRecord } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';
import type { Database } from './database.js';
import { fromJsonText, lookupText, toJsonText } from './json-text.js';
import type { TenantsTable } from './tables.js';

const LIST = 'tenants';

/** Tenants on PostgreSQL. */
export class PostgresTenants extends Tenants {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async create({ id, name, limits, createdAt }: TenantRecord): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#database
      .insertInto('tenants')
      .values({ id, name: toJsonText(name), limits: JSON.stringify(limits), created_at: createdAt })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  override async find(id: string): Promise<TenantRecord | null> {
    const row = await this.#database.selectFrom('tenants').selectAll().where('id', '=', lookupText(id)).where('removed', '=', false).executeTakeFirst();
    return row === undefined ? null : toRecord(row);
  }

  override async list({ limit, cursor }: PageRequest): Promise<Page<TenantRecord> | BadCursor> {
    let query = this.#database.selectFrom('tenants').selectAll().where('removed', '=', false).orderBy('id').limit(limit + 1);
    if (cursor !== undefined && cursor !== null) {
      const after = readCursor(cursor, LIST, 'string');
      if (after === undefined) return 'bad_cursor';
      query = query.where('id', '>', lookupText(after));
    }
    const rows = await query.execute();
    const items = rows.slice(0, limit).map(toRecord);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.id) : null };
  }

  override async update(id: string, change: TenantChange): Promise<TenantRecord | null> {
    return await this.#database.transaction().execute(async (transaction) => {
      const row = await transaction
        .selectFrom('tenants')
        .selectAll()
        .where('id', '=', lookupText(id))
        .where('removed', '=', false)
        .forUpdate()
        .executeTakeFirst();
      if (row === undefined) return null;
      const next = changedTenant(toRecord(row), change);
      await transaction.updateTable('tenants').set({ name: toJsonText(next.name), limits: JSON.stringify(next.limits) }).where('id', '=', row.id).execute();
      return next;
    });
  }

  override async remove(id: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('tenants')
      .set({ name: toJsonText(''), limits: '{}', removed: true })
      .where('id', '=', lookupText(id))
      .where('removed', '=', false)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }
}

function toRecord(row: Selectable<TenantsTable>): TenantRecord {
  // What was written before a limit existed does not name it.
  const named: Partial<TenantLimits> = JSON.parse(row.limits);
  return { id: row.id, name: fromJsonText(row.name), limits: { ...NO_TENANT_LIMITS, ...named }, createdAt: row.created_at };
}
