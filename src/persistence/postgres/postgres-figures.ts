import { sql } from 'kysely';
import type { Author, Page } from '#libs/contracts';
import { DEPTH_COUNTED, Figures, type DeliveryDepth, type BadCursor, type OpenTurnCount, type OpenTurnRecord, type PageRequest, type TenantFigures, type TurnStanding } from '#libs/ports';
import { openTurnPage, openTurnsBehind } from '../open-turn-page.js';
import type { Database } from './database.js';
import { fromJsonText } from './json-text.js';
import { SessionCount } from './session-count.js';

/** Figures from PostgreSQL, each counted along an index. */
export class PostgresFigures extends Figures {
  readonly #database: Database;
  readonly #sessions: SessionCount;

  constructor(database: Database) {
    super();
    this.#database = database;
    this.#sessions = new SessionCount(database);
  }

  override async of(tenantId: string): Promise<TenantFigures> {
    const { rows } = await sql<Pick<TenantFigures, 'deliveriesOpen' | 'deliveriesDead'>>`
      SELECT (SELECT count(*)::integer FROM parley.deliveries WHERE tenant_id = ${tenantId} AND state IN ('pending', 'delivering'))
               AS "deliveriesOpen",
             (SELECT count(*)::integer FROM parley.deliveries WHERE tenant_id = ${tenantId} AND state = 'dead') AS "deliveriesDead"
    `.execute(this.#database);
    const [counts] = rows;
    if (counts === undefined) throw new Error('counting gave no row');
    const open = await sql<OpenTurnCount>`
      SELECT agent, state, count(*)::integer AS count, min(accepted_at) AS "oldestAt" FROM parley.turns
      WHERE ended_seq IS NULL AND tenant_id = ${tenantId} GROUP BY agent, state ORDER BY agent, state
    `.execute(this.#database);
    return { sessions: await this.#sessions.of(tenantId), ...counts, openTurns: open.rows.map((row) => ({ ...row, agent: fromJsonText(row.agent) })) };
  }

  /** The open turns are found first, along their own index: they are few beside those that ended. */
  override async open(tenantId: string, page: PageRequest): Promise<Page<OpenTurnRecord> | BadCursor> {
    const behind = openTurnsBehind(page);
    if (behind === 'bad_cursor') return behind;
    const { rows } = await sql<Omit<OpenTurnRecord, 'author'> & { readonly authorKind: Author['kind']; readonly authorId: string }>`
      WITH open AS MATERIALIZED (SELECT * FROM parley.turns WHERE ended_seq IS NULL AND tenant_id = ${tenantId})
      SELECT id AS "turnId", message_id AS "messageId", session_id AS "sessionId", author_kind AS "authorKind", author_id AS "authorId",
             agent, state, attempt, accepted_at AS "acceptedAt"
      FROM open WHERE id > ${behind.after} ORDER BY id LIMIT ${page.limit + 1}
    `.execute(this.#database);
    const records = rows.map(({ authorKind, authorId, ...row }) => {
      return { ...row, agent: fromJsonText(row.agent), author: { kind: authorKind, id: fromJsonText(authorId) } };
    });
    return openTurnPage(records, page.limit);
  }

  override async deliveries(): Promise<DeliveryDepth> {
    const counted = (states: ReturnType<typeof sql>) =>
      sql`(SELECT count(*)::integer FROM (SELECT FROM parley.deliveries WHERE ${states} LIMIT ${sql.lit(DEPTH_COUNTED)}) counted)`;
    const { rows } = await sql<DeliveryDepth>`
      SELECT ${counted(sql`state IN ('pending', 'delivering')`)} AS waiting, ${counted(sql`state = 'dead'`)} AS dead
    `.execute(this.#database);
    return rows[0] ?? { waiting: 0, dead: 0 };
  }

  override async lastTurn(): Promise<string | null> {
    const { rows } = await sql<{ readonly id: string }>`SELECT id FROM parley.turns ORDER BY id DESC LIMIT 1`.execute(this.#database);
    return rows[0]?.id ?? null;
  }

  override async turns(after: string, last: string, limit: number): Promise<readonly TurnStanding[]> {
    const { rows } = await sql<TurnStanding>`
      SELECT id AS "turnId", tenant_id AS "tenantId", state FROM parley.turns WHERE id > ${after} AND id <= ${last} ORDER BY id LIMIT ${limit}
    `.execute(this.#database);
    return rows;
  }
}
