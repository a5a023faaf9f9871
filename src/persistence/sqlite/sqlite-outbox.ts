import type { DatabaseSync } from 'node:sqlite';
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
import { toDeliveryClaim, toDeliveryRecord } from '../delivery-row.js';
import type { GroupCommit } from './group-commit.js';
import { OutboxStatements } from './outbox-statements.js';
import type { Reader } from './reader.js';
import { reading, toStorageError } from './to-storage-error.js';

const LIST = 'dead-letters';

/** Deliveries on SQLite. The ends of turns come in by the step that stores them. */
export class SqliteOutbox extends Outbox {
  readonly #writer: GroupCommit;
  readonly #reader: Reader;
  readonly #sql: OutboxStatements;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync, writer: GroupCommit, reader: Reader) {
    super();
    this.#writer = writer;
    this.#reader = reader;
    this.#sql = new OutboxStatements(db);
  }

  override enqueue(delivery: NewDelivery): Promise<EnqueueOutcome> {
    return this.#writer.submit(() => {
      const { id, tenantId, channel, key, fingerprint, target, to, payload, requestId, at } = delivery;
      const known = this.#sql.byKey.get(tenantId, channel, key);
      if (known !== undefined) {
        return known.fingerprint === fingerprint ? { kind: 'duplicate', delivery: toDeliveryRecord(known) } : { kind: 'conflict' };
      }
      if (this.#isFull(tenantId)) return { kind: 'full' };
      this.#sql.add.run(id, tenantId, channel, key, fingerprint, target, to, payload, requestId, at, at, at);
      return { kind: 'queued', delivery: this.#known(id, tenantId) };
    });
  }

  override async claim({ at, leaseMs, limit, channels, exceptTargets, perTarget }: ClaimRequest): Promise<readonly DeliveryClaim[]> {
    if (limit <= 0 || channels.length === 0 || !this.#anyDue(at)) return [];
    return this.#writer.submit(() => {
      const due = this.#sql.due.all(at, JSON.stringify(channels), JSON.stringify(exceptTargets), perTarget, limit);
      return due.flatMap(({ id }) => this.#sql.take.all(at + leaseMs, at, id)).map(toDeliveryClaim);
    });
  }

  override settle({ id, fence }: DeliveryLease, settlement: Settlement, at: number): Promise<boolean> {
    return this.#writer.submit(() => {
      const dueAt = settlement.state === 'pending' ? settlement.dueAt : at;
      const reason = settlement.state === 'delivered' ? null : settlement.reason;
      return this.#sql.settle.run(settlement.state, dueAt, reason, at, id, fence) === 1;
    });
  }

  override find(id: string, tenantId: string): Promise<DeliveryRecord | null> {
    return reading(async () => {
      if (!isId(id)) return null;
      const row = await this.#reader.selectFrom('deliveries').selectAll().where('id', '=', id).where('tenant_id', '=', tenantId).executeTakeFirst();
      return row === undefined ? null : toDeliveryRecord(row);
    });
  }

  override deadLetters(tenantId: string, { limit, cursor }: PageRequest): Promise<Page<DeliveryRecord> | BadCursor> {
    return reading(async () => {
      let query = this.#reader
        .selectFrom('deliveries')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('state', '=', 'dead')
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (cursor !== undefined && cursor !== null) {
        const before = readCursor(cursor, LIST, 'string');
        if (before === undefined) return 'bad_cursor';
        query = query.where('id', '<', before);
      }
      const rows = await query.execute();
      const items = rows.slice(0, limit).map(toDeliveryRecord);
      const last = items.at(-1);
      return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.id) : null };
    });
  }

  override redrive(id: string, tenantId: string, at: number): Promise<RedriveOutcome> {
    return this.#writer.submit(() => {
      const row = isId(id) ? this.#sql.byId.get(id, tenantId) : undefined;
      if (row === undefined) return { kind: 'not_found' };
      if (row.state !== 'dead') return { kind: 'not_dead' };
      if (this.#isFull(tenantId)) return { kind: 'full' };
      this.#sql.redrive.run(at, at, id);
      return { kind: 'redriven', delivery: this.#known(id, tenantId) };
    });
  }

  override sweep(deliveredBefore: number, deadBefore: number, limit: number): Promise<number> {
    return this.#writer.submit(() => this.#sql.sweep.run(deliveredBefore, deadBefore, limit));
  }

  override forgetTenant(tenantId: string): Promise<void> {
    return this.#writer.submit(() => {
      this.#sql.forgetDeliveries.run(tenantId);
      this.#sql.forgetTargets.run(tenantId);
    });
  }

  /** Asked outside of a transaction, so that an idle outbox costs no commit. */
  #anyDue(at: number): boolean {
    try {
      return this.#sql.anyDue.get(at) !== undefined;
    } catch (error) {
      throw toStorageError(error);
    }
  }

  #isFull(tenantId: string): boolean {
    return (this.#sql.open.get(tenantId, OPEN_DELIVERIES_LIMIT)?.open ?? 0) >= OPEN_DELIVERIES_LIMIT;
  }

  #known(id: string, tenantId: string): DeliveryRecord {
    const row = this.#sql.byId.get(id, tenantId);
    if (row === undefined) throw new Error(`delivery ${id} is not there after it was written`);
    return toDeliveryRecord(row);
  }
}
