import { sql } from 'kysely';
import type { Page } from '#libs/contracts';
import { AuditLog, type AuditAppendix, type AuditFilter, type AuditHead, type AuditRow, type BadCursor, type PageRequest } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';
import { anyOf } from './any-of.js';
import type { Database } from './database.js';
import { fromJsonText, toJsonText } from './json-text.js';
import type { AuditEntriesTable } from './tables.js';

const LIST = 'audit';

/** The audit log on PostgreSQL: rows and head change in one transaction, one writer at a time. */
export class PostgresAuditLog extends AuditLog {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async append(link: (head: AuditHead | null) => AuditAppendix): Promise<AuditHead> {
    return await this.#database.transaction().execute(async (transaction) => {
      // The table, not the row: before the first entry there is no row that could be locked.
      await sql`LOCK TABLE parley.audit_head IN EXCLUSIVE MODE`.execute(transaction);
      const found = await transaction.selectFrom('audit_head').select(['seq', 'hash', 'mac']).where('id', '=', 1).executeTakeFirst();
      const { rows, head } = link(found ?? null);
      if (rows.length > 0) await transaction.insertInto('audit_entries').values(rows.map(toColumns)).execute();
      await transaction
        .insertInto('audit_head')
        .values({ id: 1, ...head })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(head))
        .execute();
      return head;
    });
  }

  override async head(): Promise<AuditHead | null> {
    const row = await this.#database.selectFrom('audit_head').select(['seq', 'hash', 'mac']).where('id', '=', 1).executeTakeFirst();
    return row ?? null;
  }

  override async rows(after: number, limit: number): Promise<readonly AuditRow[]> {
    const rows = await this.#database.selectFrom('audit_entries').selectAll().where('seq', '>', after).orderBy('seq').limit(limit).execute();
    return rows.map(toRow);
  }

  override async list(tenantId: string, filter: AuditFilter, { limit, cursor }: PageRequest): Promise<Page<AuditRow> | BadCursor> {
    const { actorId, action, from, to } = filter;
    let seqs = this.#database.selectFrom('audit_entries').select('seq').where('tenant_id', '=', tenantId).orderBy('seq', 'desc').limit(limit + 1);
    if (actorId !== undefined) seqs = seqs.where('actor_id', '=', toJsonText(actorId));
    if (action !== undefined) seqs = seqs.where('action', '=', toJsonText(action));
    if (from !== undefined) seqs = seqs.where('at', '>=', from);
    if (to !== undefined) seqs = seqs.where('at', '<', to);
    if (cursor !== undefined && cursor !== null) {
      const before = readCursor(cursor, LIST, 'number');
      if (before === undefined) return 'bad_cursor';
      seqs = seqs.where('seq', '<', before);
    }
    const rows = await this.#database.selectFrom('audit_entries').selectAll().where('seq', '=', anyOf<number>(seqs)).orderBy('seq', 'desc').execute();
    const items = rows.slice(0, limit).map(toRow);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.seq) : null };
  }
}

function toColumns(row: AuditRow): AuditEntriesTable {
  const actor = row.actorId === null ? null : toJsonText(row.actorId);
  return { seq: row.seq, tenant_id: row.tenantId, at: row.at, actor_id: actor, action: toJsonText(row.action), json: row.json, hash: row.hash };
}

function toRow(row: AuditEntriesTable): AuditRow {
  const actorId = row.actor_id === null ? null : fromJsonText(row.actor_id);
  return { seq: row.seq, tenantId: row.tenant_id, at: row.at, actorId, action: fromJsonText(row.action), json: row.json, hash: row.hash };
}
