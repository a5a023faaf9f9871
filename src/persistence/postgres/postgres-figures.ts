import { sql } from 'kysely';
import { Figures, type OpenTurnCount, type TenantFigures, type TurnCount } from '#libs/ports';
import type { Database } from './database.js';
import { fromJsonText } from './json-text.js';

/** Figures from PostgreSQL, each counted along an index. */
export class PostgresFigures extends Figures {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async of(tenantId: string): Promise<TenantFigures> {
    const { rows } = await sql<Omit<TenantFigures, 'openTurns'>>`
      SELECT (SELECT count(*)::integer FROM parley.sessions WHERE tenant_id = ${tenantId} AND NOT closing) AS "sessions",
             (SELECT count(*)::integer FROM parley.deliveries WHERE tenant_id = ${tenantId} AND state IN ('pending', 'delivering'))
               AS "deliveriesOpen",
             (SELECT count(*)::integer FROM parley.deliveries WHERE tenant_id = ${tenantId} AND state = 'dead') AS "deliveriesDead"
    `.execute(this.#database);
    const [counts] = rows;
    if (counts === undefined) throw new Error('counting gave no row');
    const open = await sql<OpenTurnCount>`
      SELECT agent, state, count(*)::integer AS count FROM parley.turns
      WHERE ended_seq IS NULL AND tenant_id = ${tenantId} GROUP BY agent, state ORDER BY agent, state
    `.execute(this.#database);
    return { ...counts, openTurns: open.rows.map((row) => ({ ...row, agent: fromJsonText(row.agent) })) };
  }

  override async turnsFrom(turnId: string): Promise<readonly TurnCount[]> {
    const { rows } = await sql<TurnCount>`
      SELECT tenant_id AS "tenantId", state, count(*)::integer AS count FROM parley.turns WHERE id >= ${turnId} GROUP BY tenant_id, state
    `.execute(this.#database);
    return rows;
  }
}
