import type { DatabaseSync } from 'node:sqlite';
import type { Page } from '#libs/contracts';
import { AuditLog, type AuditAppendix, type AuditFilter, type AuditHead, type AuditRow, type BadCursor, type PageRequest } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';
import type { GroupCommit } from './group-commit.js';
import { Query } from './query.js';
import type { Reader } from './reader.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import type { AuditEntriesTable } from './tables.js';
import { reading } from './to-storage-error.js';

const LIST = 'audit';

/** The audit log on SQLite: rows and head change in one commit. */
export class SqliteAuditLog extends AuditLog {
  readonly #writer: GroupCommit;
  readonly #reader: Reader;
  readonly #head;
  readonly #add;
  readonly #setHead;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync, writer: GroupCommit, reader: Reader) {
    super();
    this.#writer = writer;
    this.#reader = reader;
    this.#head = new Query<AuditHead>(db, 'SELECT seq, hash, mac FROM audit_head WHERE id = 1');
    this.#add = new Query(db, 'INSERT INTO audit_entries (seq, tenant_id, at, actor_id, action, json, hash) VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#setHead = new Query(
      db,
      `INSERT INTO audit_head (id, seq, hash, mac) VALUES (1, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, mac = excluded.mac`,
    );
  }

  override append(link: (head: AuditHead | null) => AuditAppendix): Promise<AuditHead> {
    return this.#writer.submit(() => {
      const { rows, head } = link(this.#head.get() ?? null);
      for (const row of rows) {
        const actor = row.actorId === null ? null : toStoredText(row.actorId);
        this.#add.run(row.seq, row.tenantId, row.at, actor, row.action, row.json, row.hash);
      }
      this.#setHead.run(head.seq, head.hash, head.mac);
      return head;
    });
  }

  override head(): Promise<AuditHead | null> {
    return reading(async () => {
      const row = await this.#reader.selectFrom('audit_head').select(['seq', 'hash', 'mac']).where('id', '=', 1).executeTakeFirst();
      return row ?? null;
    });
  }

  override rows(after: number, limit: number): Promise<readonly AuditRow[]> {
    return reading(async () => {
      const rows = await this.#reader.selectFrom('audit_entries').selectAll().where('seq', '>', after).orderBy('seq').limit(limit).execute();
      return rows.map(toRow);
    });
  }

  override list(tenantId: string, filter: AuditFilter, { limit, cursor }: PageRequest): Promise<Page<AuditRow> | BadCursor> {
    return reading(async () => {
      const { actorId, action, from, to } = filter;
      let query = this.#reader.selectFrom('audit_entries').selectAll().where('tenant_id', '=', tenantId).orderBy('seq', 'desc').limit(limit + 1);
      if (actorId !== undefined) query = query.where('actor_id', '=', toStoredText(actorId));
      if (action !== undefined) query = query.where('action', '=', action);
      if (from !== undefined) query = query.where('at', '>=', from);
      if (to !== undefined) query = query.where('at', '<', to);
      if (cursor !== undefined && cursor !== null) {
        const before = readCursor(cursor, LIST, 'number');
        if (before === undefined) return 'bad_cursor';
        query = query.where('seq', '<', before);
      }
      const rows = await query.execute();
      const items = rows.slice(0, limit).map(toRow);
      const last = items.at(-1);
      return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.seq) : null };
    });
  }
}

function toRow(row: AuditEntriesTable): AuditRow {
  const { seq, tenant_id: tenantId, at, actor_id: actorId, action, json, hash } = row;
  return { seq, tenantId, at, actorId: actorId === null ? null : fromStoredText(actorId), action, json, hash };
}
