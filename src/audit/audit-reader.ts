import { Injectable } from '@nestjs/common';
import { BAD_CURSOR, ok, refused, type Outcome } from '#libs/channel-sdk';
import type { AuditEntry, AuditExportQuery, AuditQuery, Page, Principal } from '#libs/contracts';
import { AuditLog, type AuditFilter } from '#libs/ports';
import { readEntry } from './audit-chain.js';
import { RefusalCounts } from './refusal-counts.js';

const EXPORT_PAGE = 200;

/** The log of a tenant, for reading. */
@Injectable()
export class AuditReader {
  constructor(
    private readonly log: AuditLog,
    private readonly refusals: RefusalCounts,
  ) {}

  /** Newest first. */
  async list({ tenantId }: Principal, { limit, cursor, ...filter }: AuditQuery): Promise<Outcome<Page<AuditEntry>>> {
    await this.refusals.flush();
    const page = await this.log.list(tenantId, toFilter(filter), { limit, cursor: cursor ?? null });
    if (page !== 'bad_cursor') return ok({ items: page.items.map(readEntry), nextCursor: page.nextCursor });
    return refused(BAD_CURSOR);
  }

  /** Each entry as a line of JSON, newest first, read page by page as the reader takes them. */
  async *lines({ tenantId }: Principal, filter: AuditExportQuery): AsyncGenerator<string, void> {
    await this.refusals.flush();
    let cursor: string | null = null;
    do {
      const page = await this.log.list(tenantId, toFilter(filter), { limit: EXPORT_PAGE, cursor });
      if (page === 'bad_cursor') throw new Error('the audit log does not know its own cursor');
      for (const row of page.items) yield `${JSON.stringify(readEntry(row))}\n`;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }
}

function toFilter({ actor, action, from, to }: AuditExportQuery): AuditFilter {
  return {
    ...(actor === undefined ? {} : { actorId: actor }),
    ...(action === undefined ? {} : { action }),
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(to === undefined ? {} : { to: Date.parse(to) }),
  };
}
