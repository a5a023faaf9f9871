import { sql } from 'kysely';
import { isId, type Page } from '#libs/contracts';
import {
  OPEN_DELIVERIES_LIMIT,
  Outbox,
  type BadCursor,
  type ClaimRequest,
  type DeliveryClaim,
  type DeliveryLease,
  type DeliveryRecord,
  type EnqueueOutcome,
  type NewDelivery,
  type PageRequest,
  type RedriveOutcome,
  type Settlement,
} from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';
import { toDeliveryClaim, toDeliveryRecord, type DeliveriesTable } from '../delivery-row.js';
import { anyOf } from './any-of.js';
import type { Database } from './database.js';

const LIST = 'dead-letters';
/** Of what is due, so much is looked at to find targets that are not busy. */
const LOOKED_AT = 500;

const openOf = (tenantId: string) => sql<number>`(
  SELECT count(*) FROM (
    SELECT FROM parley.deliveries WHERE tenant_id = ${tenantId} AND state IN ('pending', 'delivering') LIMIT ${sql.lit(OPEN_DELIVERIES_LIMIT)}
  ) waiting
)`;

/** Deliveries on PostgreSQL; each step is one statement. The ends of turns come in by the schema's own trigger. */
export class PostgresOutbox extends Outbox {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  /** Processes that enqueue at the same moment may exceed the limit by as many. */
  override async enqueue({ id, tenantId, channel, key, fingerprint, target, to, payload, requestId, at }: NewDelivery): Promise<EnqueueOutcome> {
    const { rows } = await sql<DeliveriesTable>`
      INSERT INTO parley.deliveries (id, tenant_id, channel, idempotency_key, fingerprint, target, recipient, payload, request_id, state, due_at,
        created_at, changed_at)
      SELECT ${id}, ${tenantId}, ${channel}, ${key}, ${fingerprint}, ${target}, ${to}, ${payload}, ${requestId}, 'pending', ${at}::bigint,
        ${at}::bigint, ${at}::bigint
      WHERE ${openOf(tenantId)} < ${sql.lit(OPEN_DELIVERIES_LIMIT)}
      ON CONFLICT (tenant_id, channel, idempotency_key) DO NOTHING
      RETURNING *`.execute(this.#database);
    if (rows[0] !== undefined) return { kind: 'queued', delivery: toDeliveryRecord(rows[0]) };
    const known = await this.#database
      .selectFrom('deliveries')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('channel', '=', channel)
      .where('idempotency_key', '=', key)
      .executeTakeFirst();
    if (known === undefined) return { kind: 'full' };
    return known.fingerprint === fingerprint ? { kind: 'duplicate', delivery: toDeliveryRecord(known) } : { kind: 'conflict' };
  }

  /** What another process is just taking is passed over, and what it has taken is not due any more when the row is looked at again. */
  override async claim({ at, leaseMs, limit, channels, exceptTargets, perTarget }: ClaimRequest): Promise<readonly DeliveryClaim[]> {
    if (limit <= 0 || channels.length === 0) return [];
    const due = sql`state IN ('pending', 'delivering') AND due_at <= ${at}::bigint`;
    const { rows } = await sql<DeliveriesTable>`
      WITH looked_at AS MATERIALIZED (
        SELECT id, due_at, target FROM parley.deliveries
        WHERE ${due} AND channel = ANY (${channels}::text[]) AND NOT target = ANY (${exceptTargets}::text[])
        ORDER BY due_at, id LIMIT ${sql.lit(LOOKED_AT)}
      ), chosen AS MATERIALIZED (
        SELECT id FROM (SELECT id, due_at, row_number() OVER (PARTITION BY target ORDER BY due_at, id) AS place FROM looked_at) placed
        WHERE place <= ${perTarget}::bigint ORDER BY due_at, id LIMIT ${limit}::bigint
      ), locked AS MATERIALIZED (
        SELECT id FROM parley.deliveries WHERE id IN (SELECT id FROM chosen) AND ${due} FOR UPDATE SKIP LOCKED
      )
      UPDATE parley.deliveries d
      SET state = 'delivering', attempts = attempts + 1, fence = fence + 1, due_at = ${at + leaseMs}::bigint, changed_at = ${at}::bigint
      FROM locked WHERE d.id = locked.id
      RETURNING d.*`.execute(this.#database);
    return rows.map(toDeliveryClaim);
  }

  override async settle({ id, fence }: DeliveryLease, settlement: Settlement, at: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('deliveries')
      .set({
        state: settlement.state,
        due_at: settlement.state === 'pending' ? settlement.dueAt : at,
        reason: settlement.state === 'delivered' ? null : settlement.reason,
        changed_at: at,
      })
      .where('id', '=', id)
      .where('fence', '=', fence)
      .where('state', '=', 'delivering')
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  override async find(id: string, tenantId: string): Promise<DeliveryRecord | null> {
    if (!isId(id)) return null;
    const row = await this.#database.selectFrom('deliveries').selectAll().where('id', '=', id).where('tenant_id', '=', tenantId).executeTakeFirst();
    return row === undefined ? null : toDeliveryRecord(row);
  }

  override async deadLetters(tenantId: string, { limit, cursor }: PageRequest): Promise<Page<DeliveryRecord> | BadCursor> {
    let ids = this.#database
      .selectFrom('deliveries')
      .select('id')
      .where('tenant_id', '=', tenantId)
      .where('state', '=', 'dead')
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined && cursor !== null) {
      const before = readCursor(cursor, LIST, 'string');
      if (before === undefined || !isId(before)) return 'bad_cursor';
      ids = ids.where('id', '<', before);
    }
    const rows = await this.#database.selectFrom('deliveries').selectAll().where('id', '=', anyOf<string>(ids)).orderBy('id', 'desc').execute();
    const items = rows.slice(0, limit).map(toDeliveryRecord);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.id) : null };
  }

  override async redrive(id: string, tenantId: string, at: number): Promise<RedriveOutcome> {
    if (!isId(id)) return { kind: 'not_found' };
    const row = await this.#database
      .updateTable('deliveries')
      .set({ state: 'pending', attempts: 0, due_at: at, changed_at: at })
      .where('id', '=', id)
      .where('tenant_id', '=', tenantId)
      .where('state', '=', 'dead')
      .where(sql<boolean>`${openOf(tenantId)} < ${sql.lit(OPEN_DELIVERIES_LIMIT)}`)
      .returningAll()
      .executeTakeFirst();
    if (row !== undefined) return { kind: 'redriven', delivery: toDeliveryRecord(row) };
    const known = await this.find(id, tenantId);
    return { kind: known === null ? 'not_found' : known.state === 'dead' ? 'full' : 'not_dead' };
  }

  override async forgetTenant(tenantId: string): Promise<void> {
    await this.#database.transaction().execute(async (step) => {
      await step.deleteFrom('deliveries').where('tenant_id', '=', tenantId).execute();
      await step.deleteFrom('callback_targets').where('tenant_id', '=', tenantId).execute();
    });
  }

  override async sweep(deliveredBefore: number, deadBefore: number, limit: number): Promise<number> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('deliveries')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('deliveries')
          .select('id')
          .where((or) =>
            or.or([
              or.and([or('state', '=', 'delivered'), or('changed_at', '<', deliveredBefore)]),
              or.and([or('state', '=', 'dead'), or('changed_at', '<', deadBefore)]),
            ]),
          )
          .limit(limit),
      )
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}
