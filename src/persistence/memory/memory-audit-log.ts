import type { Page } from '#libs/contracts';
import { AuditLog, type AuditAppendix, type AuditFilter, type AuditHead, type AuditRow, type BadCursor, type PageRequest } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';

const LIST = 'audit';

/** The audit log in memory. */
export class MemoryAuditLog extends AuditLog {
  readonly #rows: AuditRow[] = [];
  #head: AuditHead | null = null;

  override async append(link: (head: AuditHead | null) => AuditAppendix): Promise<AuditHead> {
    const { rows, head } = link(this.#head);
    this.#rows.push(...rows);
    this.#head = head;
    return head;
  }

  override async head(): Promise<AuditHead | null> {
    return this.#head;
  }

  override async rows(after: number, limit: number): Promise<readonly AuditRow[]> {
    return this.#rows.filter((row) => row.seq > after).slice(0, limit);
  }

  override async list(tenantId: string, filter: AuditFilter, { limit, cursor }: PageRequest): Promise<Page<AuditRow> | BadCursor> {
    const before = cursor === undefined || cursor === null ? Infinity : readCursor(cursor, LIST, 'number');
    if (before === undefined) return 'bad_cursor';
    const found = this.#rows.filter((row) => row.tenantId === tenantId && row.seq < before && fits(row, filter)).reverse();
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last !== undefined ? writeCursor(LIST, last.seq) : null };
  }
}

function fits(row: AuditRow, { actorId, action, from, to }: AuditFilter): boolean {
  if (actorId !== undefined && row.actorId !== actorId) return false;
  if (action !== undefined && row.action !== action) return false;
  return row.at >= (from ?? -Infinity) && row.at < (to ?? Infinity);
}
