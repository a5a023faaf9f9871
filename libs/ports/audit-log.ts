import type { Page } from '#libs/contracts';
import type { BadCursor, PageRequest } from './sessions.js';

/** An entry as it is kept. `json` is the whole entry, written once; the columns beside it are for finding it. */
export interface AuditRow {
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  readonly tenantId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly actorId: string | null;
  readonly action: string;
  readonly json: string;
  /** SHA-256 over the hash of the row before and `json`, hex. */
  readonly hash: string;
}

/** The end of the chain, and a MAC of it that only a holder of the gateway's key can make. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
  readonly mac: string;
}

export interface AuditFilter {
  readonly actorId?: string;
  readonly action?: string;
  /** Milliseconds since the epoch, inclusive. */
  readonly from?: number;
  /** Milliseconds since the epoch, exclusive. */
  readonly to?: number;
}

/** Rows that follow the head, and the head after them. */
export interface AuditAppendix {
  readonly rows: readonly AuditRow[];
  readonly head: AuditHead;
}

/** Entries of what was changed, in one chain over all tenants; never changed, never removed. */
export abstract class AuditLog {
  /**
   * Appends what `link` makes of the head that the store has now, with the new head in the same commit. `link` may be called again
   * when the commit is. Rejects with `StorageError` when it could not be written.
   */
  abstract append(link: (head: AuditHead | null) => AuditAppendix): Promise<AuditHead>;
  /** The head as it is kept; null when nothing was ever appended. */
  abstract head(): Promise<AuditHead | null>;
  /** Rows with `seq > after`, ascending, at most `limit`; of all tenants. */
  abstract rows(after: number, limit: number): Promise<readonly AuditRow[]>;
  /** Newest first. */
  abstract list(tenantId: string, filter: AuditFilter, page: PageRequest): Promise<Page<AuditRow> | BadCursor>;
}
