import { isTerminal } from '#libs/contracts';
import { OPEN_DELIVERIES_LIMIT, REPLY_CHANNEL, type CallbackTarget, type DeliveryRecord, type StoredFrame } from '#libs/ports';

export interface StoredDelivery {
  record: DeliveryRecord;
  readonly fingerprint: string | null;
  fence: number;
}

/** Deliveries and callback targets, as the in-memory adapters share them. */
export class MemoryDeliveries {
  readonly targets = new Map<string, CallbackTarget>();
  readonly #deliveries = new Map<string, StoredDelivery>();

  get(id: string): StoredDelivery | undefined {
    return this.#deliveries.get(id);
  }

  byKey(tenantId: string, channel: string, key: string): StoredDelivery | undefined {
    return this.#all().find(({ record }) => record.tenantId === tenantId && record.channel === channel && record.key === key);
  }

  add(stored: StoredDelivery): void {
    this.#deliveries.set(stored.record.id, stored);
  }

  remove(id: string): void {
    this.#deliveries.delete(id);
  }

  records(): DeliveryRecord[] {
    return this.#all().map(({ record }) => record);
  }

  /** The longest due first. */
  due(at: number): StoredDelivery[] {
    const due = this.#all().filter(({ record }) => isOpen(record) && record.dueAt <= at);
    return due.sort((a, b) => a.record.dueAt - b.record.dueAt || (a.record.id < b.record.id ? -1 : 1));
  }

  openOf(tenantId: string): number {
    return this.records().filter((record) => record.tenantId === tenantId && isOpen(record)).length;
  }

  /** The end of a turn goes to the callback of its session, in the same step. */
  enqueueEnd({ type, turnId, sessionId, json }: StoredFrame, at: number): void {
    const target = isTerminal(type) ? this.targetOf(sessionId) : undefined;
    if (target === undefined || turnId === null || this.#deliveries.has(turnId)) return;
    const { tenantId } = target;
    const full = this.openOf(tenantId) >= OPEN_DELIVERIES_LIMIT;
    const record: DeliveryRecord = {
      id: turnId,
      tenantId,
      channel: REPLY_CHANNEL,
      key: `${turnId}:reply`,
      target: target.id,
      to: target.url,
      payload: json,
      requestId: null,
      sessionId,
      turnId,
      state: full ? 'dead' : 'pending',
      attempts: 0,
      dueAt: at,
      reason: full ? 'the outbox was full' : null,
      createdAt: at,
      changedAt: at,
    };
    this.add({ record, fingerprint: null, fence: 0 });
  }

  targetOf(sessionId: string): CallbackTarget | undefined {
    return [...this.targets.values()].find((target) => target.sessionId === sessionId);
  }

  forgetSession(sessionId: string): void {
    for (const target of this.targets.values()) if (target.sessionId === sessionId) this.targets.delete(target.id);
    for (const { id, sessionId: of } of this.records()) if (of === sessionId) this.remove(id);
  }

  forgetTenant(tenantId: string): void {
    for (const target of this.targets.values()) if (target.tenantId === tenantId) this.targets.delete(target.id);
    for (const { id, tenantId: of } of this.records()) if (of === tenantId) this.remove(id);
  }

  #all(): StoredDelivery[] {
    return [...this.#deliveries.values()];
  }
}

function isOpen({ state }: DeliveryRecord): boolean {
  return state === 'pending' || state === 'delivering';
}
