import type { DatabaseSync } from 'node:sqlite';
import { NO_TENANT_LIMITS, type Page, type TenantLimits } from '#libs/contracts';
import { changedTenant, Tenants, type BadCursor, type PageRequest, type TenantChange, type TenantRecord } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';
import type { GroupCommit } from './group-commit.js';
import { Query } from './query.js';
import type { Reader } from './reader.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import type { TenantsTable } from './tables.js';
import { reading } from './to-storage-error.js';

const LIST = 'tenants';

/** Tenants on SQLite. */
export class SqliteTenants extends Tenants {
  readonly #writer: GroupCommit;
  readonly #reader: Reader;
  readonly #add;
  readonly #row;
  readonly #update;
  readonly #remove;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync, writer: GroupCommit, reader: Reader) {
    super();
    this.#writer = writer;
    this.#reader = reader;
    this.#add = new Query(db, 'INSERT INTO tenants (id, name, limits, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.#row = new Query<TenantsTable>(db, 'SELECT * FROM tenants WHERE id = ? AND removed = 0');
    this.#update = new Query(db, 'UPDATE tenants SET name = ?, limits = ? WHERE id = ?');
    this.#remove = new Query(db, `UPDATE tenants SET name = '', limits = '{}', removed = 1 WHERE id = ? AND removed = 0`);
  }

  override create({ id, name, limits, createdAt }: TenantRecord): Promise<boolean> {
    return this.#writer.submit(() => this.#add.run(toStoredText(id), toStoredText(name), JSON.stringify(limits), createdAt) === 1);
  }

  override find(id: string): Promise<TenantRecord | null> {
    return reading(async () => {
      const row = await this.#reader.selectFrom('tenants').selectAll().where('id', '=', toStoredText(id)).where('removed', '=', 0).executeTakeFirst();
      return row === undefined ? null : toRecord(row);
    });
  }

  override list({ limit, cursor }: PageRequest): Promise<Page<TenantRecord> | BadCursor> {
    return reading(async () => {
      let query = this.#reader.selectFrom('tenants').selectAll().where('removed', '=', 0).orderBy('id').limit(limit + 1);
      if (cursor !== undefined && cursor !== null) {
        const after = readCursor(cursor, LIST, 'string');
        if (after === undefined) return 'bad_cursor';
        query = query.where('id', '>', toStoredText(after));
      }
      const rows = await query.execute();
      const items = rows.slice(0, limit).map(toRecord);
      const last = items.at(-1);
      return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.id) : null };
    });
  }

  override update(id: string, change: TenantChange): Promise<TenantRecord | null> {
    return this.#writer.submit(() => {
      const row = this.#row.get(toStoredText(id));
      if (row === undefined) return null;
      const next = changedTenant(toRecord(row), change);
      this.#update.run(toStoredText(next.name), JSON.stringify(next.limits), row.id);
      return next;
    });
  }

  override remove(id: string): Promise<boolean> {
    return this.#writer.submit(() => this.#remove.run(toStoredText(id)) === 1);
  }
}

function toRecord(row: TenantsTable): TenantRecord {
  // What was written before a limit existed does not name it.
  const named: Partial<TenantLimits> = JSON.parse(row.limits);
  return { id: fromStoredText(row.id), name: fromStoredText(row.name), limits: { ...NO_TENANT_LIMITS, ...named }, createdAt: row.created_at };
}
