import { sql } from 'kysely';
import type { Database } from './database.js';

/** Counting takes longer the more there are; it may take a hundredth of the time. */
const REST = 100;
/** Tenants whose count is kept; beyond it all are forgotten. */
const MAX_KEPT = 1000;

interface Kept {
  readonly count: Promise<number>;
  /** Milliseconds on the clock that never goes back; infinite while it is counted. */
  until: number;
}

/** How many sessions a tenant has: counted once for all who ask meanwhile, and again only after a hundred times as long as that took. */
export class SessionCount {
  readonly #database: Database;
  readonly #kept = new Map<string, Kept>();

  constructor(database: Database) {
    this.#database = database;
  }

  of(tenantId: string): Promise<number> {
    const since = performance.now();
    const known = this.#kept.get(tenantId);
    if (known !== undefined && since < known.until) return known.count;
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    const kept: Kept = { count: this.#count(tenantId), until: Infinity };
    this.#kept.set(tenantId, kept);
    const rest = (times: number) => {
      const now = performance.now();
      kept.until = now + (now - since) * times;
    };
    kept.count.then(() => rest(REST), () => rest(0));
    return kept.count;
  }

  async #count(tenantId: string): Promise<number> {
    const { rows } = await sql<{ readonly count: number }>`
      SELECT count(*)::integer AS count FROM parley.sessions WHERE tenant_id = ${tenantId} AND NOT closing`.execute(this.#database);
    return rows[0]?.count ?? 0;
  }
}
