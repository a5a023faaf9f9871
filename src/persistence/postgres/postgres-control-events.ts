import { sql } from 'kysely';
import type { Page } from '#libs/contracts';
import { CONTROL_EVENTS_KEPT, ControlEvents, type BadCursor, type NewControlEvent, type PageRequest, type StoredControlEvent } from '#libs/ports';
import { controlEventPage, toControlEvent, type ControlEventRow } from '../control-event-row.js';
import type { Database } from './database.js';

/** No list is asked for numbers higher than PostgreSQL's `integer`. */
const HIGHEST = 2_147_483_647;

/** The feed of operators on PostgreSQL. */
export class PostgresControlEvents extends ControlEvents {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async append(events: readonly NewControlEvent[]): Promise<void> {
    await this.#database.transaction().execute(async (step) => {
      for (const { tenantId, at, type, detail } of events) {
        await sql`
          WITH numbered AS (
            INSERT INTO parley.control_event_numbers (tenant_id, last_seq) VALUES (${tenantId}, 1)
            ON CONFLICT (tenant_id) DO UPDATE SET last_seq = control_event_numbers.last_seq + 1 RETURNING last_seq
          ), gone AS (
            DELETE FROM parley.control_events WHERE tenant_id = ${tenantId} AND seq <= (SELECT last_seq FROM numbered) - ${CONTROL_EVENTS_KEPT}::integer
          )
          INSERT INTO parley.control_events (tenant_id, seq, at, type, detail)
          SELECT ${tenantId}, last_seq, ${at}::bigint, ${type}, ${detail} FROM numbered`.execute(step);
      }
    });
  }

  override async after(tenantId: string, after: number, limit: number): Promise<readonly StoredControlEvent[]> {
    if (after >= HIGHEST) return [];
    const { rows } = await sql<ControlEventRow>`
      SELECT * FROM parley.control_events WHERE tenant_id = ${tenantId} AND seq > ${after}::integer ORDER BY seq LIMIT ${limit}::integer
    `.execute(this.#database);
    return rows.map(toControlEvent);
  }

  override async last(tenantId: string): Promise<number> {
    const { rows } = await sql<{ seq: number }>`
      SELECT last_seq AS seq FROM parley.control_event_numbers WHERE tenant_id = ${tenantId}`.execute(this.#database);
    return rows[0]?.seq ?? 0;
  }

  override async forgetTenant(tenantId: string): Promise<void> {
    await sql`DELETE FROM parley.control_events WHERE tenant_id = ${tenantId}`.execute(this.#database);
  }

  override list(tenantId: string, page: PageRequest): Promise<Page<StoredControlEvent> | BadCursor> {
    return controlEventPage(page, async (below, limit) => {
      const { rows } = await sql<ControlEventRow>`
        SELECT * FROM parley.control_events WHERE tenant_id = ${tenantId} AND seq < ${Math.min(below, HIGHEST)}::integer
        ORDER BY seq DESC LIMIT ${limit}::integer`.execute(this.#database);
      return rows;
    });
  }
}
