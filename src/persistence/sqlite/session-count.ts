import type { DatabaseSync } from 'node:sqlite';
import { Query } from './query.js';

/** Counting takes longer the more there are; it may take a hundredth of the time. */
const REST = 100;
/** Tenants whose count is kept; beyond it all are forgotten. */
const MAX_KEPT = 1000;

interface Kept {
  readonly count: number;
  /** Milliseconds on the clock that never goes back. */
  readonly until: number;
}

/** How many sessions a tenant has: counted along an index, and again only after a hundred times as long as that took. */
export class SessionCount {
  readonly #kept = new Map<string, Kept>();
  readonly #count;

  /** `db` is the readers' connection. */
  constructor(db: DatabaseSync) {
    this.#count = new Query<{ readonly count: number }>(db, 'SELECT count(*) AS count FROM sessions WHERE tenant_id = ? AND closing = 0');
  }

  of(tenantId: string): number {
    const since = performance.now();
    const kept = this.#kept.get(tenantId);
    if (kept !== undefined && since < kept.until) return kept.count;
    const count = this.#count.get(tenantId)?.count ?? 0;
    const now = performance.now();
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(tenantId, { count, until: now + (now - since) * REST });
    return count;
  }
}
