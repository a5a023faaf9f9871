import { Figures, type OpenTurnCount, type TenantFigures, type TurnCount } from '#libs/ports';
import type { DatabaseSync } from 'node:sqlite';
import { Query } from './query.js';
import { fromStoredText } from './stored-text.js';
import { reading } from './to-storage-error.js';

/** Figures from SQLite, each counted on an index alone. */
export class SqliteFigures extends Figures {
  readonly #counts;
  readonly #open;
  readonly #turns;

  /** `db` is the readers' connection. */
  constructor(db: DatabaseSync) {
    super();
    this.#counts = new Query<Omit<TenantFigures, 'openTurns'>>(
      db,
      `SELECT (SELECT count(*) FROM sessions WHERE tenant_id = ?1 AND closing = 0) AS sessions,
              (SELECT count(*) FROM deliveries WHERE tenant_id = ?1 AND state IN ('pending', 'delivering')) AS deliveriesOpen,
              (SELECT count(*) FROM deliveries WHERE tenant_id = ?1 AND state = 'dead') AS deliveriesDead`,
    );
    this.#open = new Query<OpenTurnCount>(
      db,
      `SELECT agent, state, count(*) AS count FROM turns INDEXED BY turns_open
       WHERE ended_seq IS NULL AND tenant_id = ? GROUP BY agent, state ORDER BY agent, state`,
    );
    this.#turns = new Query<TurnCount>(
      db,
      'SELECT tenant_id AS tenantId, state, count(*) AS count FROM turns WHERE id >= ? GROUP BY tenant_id, state',
    );
  }

  override of(tenantId: string): Promise<TenantFigures> {
    return reading(async () => {
      const counts = this.#counts.get(tenantId);
      if (counts === undefined) throw new Error('counting gave no row');
      const openTurns = this.#open.all(tenantId).map((row) => ({ ...row, agent: fromStoredText(row.agent) }));
      return { ...counts, openTurns };
    });
  }

  override turnsFrom(turnId: string): Promise<readonly TurnCount[]> {
    return reading(async () => this.#turns.all(turnId));
  }
}
