import type { Page } from '#libs/contracts';
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
import type { MemoryDeliveries, StoredDelivery } from './memory-deliveries.js';

const LIST = 'dead-letters';

/** Deliveries in memory. */
export class MemoryOutbox extends Outbox {
  readonly #deliveries: MemoryDeliveries;

  constructor(deliveries: MemoryDeliveries) {
    super();
    this.#deliveries = deliveries;
  }

  override async enqueue({ fingerprint, at, ...delivery }: NewDelivery): Promise<EnqueueOutcome> {
    const known = this.#deliveries.byKey(delivery.tenantId, delivery.channel, delivery.key);
    if (known !== undefined) return known.fingerprint === fingerprint ? { kind: 'duplicate', delivery: known.record } : { kind: 'conflict' };
    if (this.#isFull(delivery.tenantId)) return { kind: 'full' };
    const rest = { sessionId: null, turnId: null, attempts: 0, reason: null, dueAt: at, createdAt: at, changedAt: at };
    const record: DeliveryRecord = { ...delivery, ...rest, state: 'pending' };
    this.#deliveries.add({ record, fingerprint, fence: 0 });
    return { kind: 'queued', delivery: record };
  }

  override async claim({ at, leaseMs, limit, channels, exceptTargets, perTarget }: ClaimRequest): Promise<readonly DeliveryClaim[]> {
    const taken = new Map<string, number>();
    const claims: DeliveryClaim[] = [];
    for (const stored of this.#deliveries.due(at)) {
      const { channel, target, attempts } = stored.record;
      const already = taken.get(target) ?? 0;
      if (claims.length >= limit || already >= perTarget || !channels.includes(channel) || exceptTargets.includes(target)) continue;
      taken.set(target, already + 1);
      stored.fence += 1;
      stored.record = { ...stored.record, state: 'delivering', attempts: attempts + 1, dueAt: at + leaseMs, changedAt: at };
      claims.push({ id: stored.record.id, fence: stored.fence, delivery: stored.record });
    }
    return claims;
  }

  override async settle({ id, fence }: DeliveryLease, settlement: Settlement, at: number): Promise<boolean> {
    const stored = this.#deliveries.get(id);
    if (stored === undefined || stored.fence !== fence || stored.record.state !== 'delivering') return false;
    const dueAt = settlement.state === 'pending' ? settlement.dueAt : at;
    const reason = settlement.state === 'delivered' ? null : settlement.reason;
    stored.record = { ...stored.record, state: settlement.state, dueAt, reason, changedAt: at };
    return true;
  }

  override async find(id: string, tenantId: string): Promise<DeliveryRecord | null> {
    return this.#owned(id, tenantId)?.record ?? null;
  }

  override async deadLetters(tenantId: string, { limit, cursor }: PageRequest): Promise<Page<DeliveryRecord> | BadCursor> {
    const before = cursor === undefined || cursor === null ? null : readCursor(cursor, LIST, 'string');
    if (before === undefined) return 'bad_cursor';
    const dead = this.#deliveries.records().filter((record) => record.tenantId === tenantId && record.state === 'dead');
    const rows = dead.filter(({ id }) => before === null || id < before).sort((a, b) => (a.id < b.id ? 1 : -1));
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.id) : null };
  }

  override async redrive(id: string, tenantId: string, at: number): Promise<RedriveOutcome> {
    const stored = this.#owned(id, tenantId);
    if (stored === undefined) return { kind: 'not_found' };
    if (stored.record.state !== 'dead') return { kind: 'not_dead' };
    if (this.#isFull(tenantId)) return { kind: 'full' };
    stored.record = { ...stored.record, state: 'pending', attempts: 0, dueAt: at, changedAt: at };
    return { kind: 'redriven', delivery: stored.record };
  }

  override async sweep(deliveredBefore: number, deadBefore: number, limit: number): Promise<number> {
    const old = ({ state, changedAt }: DeliveryRecord) =>
      (state === 'delivered' && changedAt < deliveredBefore) || (state === 'dead' && changedAt < deadBefore);
    const gone = this.#deliveries.records().filter(old).slice(0, limit);
    for (const { id } of gone) this.#deliveries.remove(id);
    return gone.length;
  }

  override async forgetTenant(tenantId: string): Promise<void> {
    this.#deliveries.forgetTenant(tenantId);
  }

  #owned(id: string, tenantId: string): StoredDelivery | undefined {
    const stored = this.#deliveries.get(id);
    return stored?.record.tenantId === tenantId ? stored : undefined;
  }

  #isFull(tenantId: string): boolean {
    return this.#deliveries.openOf(tenantId) >= OPEN_DELIVERIES_LIMIT;
  }
}
