import type { Delivery, DeliveryState, Page } from '#libs/contracts';
import type { BadCursor, PageRequest } from './sessions.js';

/** What of one tenant may wait in the outbox; beyond it nothing more is taken. */
export const OPEN_DELIVERIES_LIMIT = 5_000;
/** The channel that carries the ends of turns to the callback of their session. */
export const REPLY_CHANNEL = 'callback';

export interface NewDelivery {
  /** The id that receivers see, the same at every attempt. */
  readonly id: string;
  readonly tenantId: string;
  readonly channel: string;
  /** Made once for each tenant, channel and key. */
  readonly key: string;
  /** Digest of what is sent; compared when the key was used before. */
  readonly fingerprint: string;
  /** The channel's own name of the receiver; deliveries of one target are not all tried at once. */
  readonly target: string;
  /** The receiver as people read it. */
  readonly to: string;
  /** What is to be delivered, as JSON; the channel gives it its form. */
  readonly payload: string;
  /** Under which the log tells of it; null for the end of a turn, which is told under the turn's own. */
  readonly requestId: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface DeliveryRecord extends Omit<NewDelivery, 'fingerprint' | 'at'> {
  /** Set when it carries the end of a turn. */
  readonly sessionId: string | null;
  readonly turnId: string | null;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** When it is due, while it is pending. */
  readonly dueAt: number;
  readonly reason: string | null;
  readonly createdAt: number;
  readonly changedAt: number;
  /** `traceparent` for the receiver, while it is being tried and traced. */
  readonly traceparent?: string;
}

/** The right to settle a delivery; a later claim makes it stale. */
export interface DeliveryLease {
  readonly id: string;
  readonly fence: number;
}

export interface DeliveryClaim extends DeliveryLease {
  /** Counts this attempt. */
  readonly delivery: DeliveryRecord;
}

export type Settlement =
  | { readonly state: 'delivered' }
  | { readonly state: 'pending'; readonly dueAt: number; readonly reason: string }
  | { readonly state: 'dead'; readonly reason: string };

export type EnqueueOutcome =
  | { readonly kind: 'queued' | 'duplicate'; readonly delivery: DeliveryRecord }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'full' };

export type RedriveOutcome =
  | { readonly kind: 'redriven'; readonly delivery: DeliveryRecord }
  | { readonly kind: 'not_found' | 'not_dead' | 'full' };

/** Which of the due deliveries a worker takes. */
export interface ClaimRequest {
  readonly at: number;
  /** The lease ends this much later, in milliseconds; then the delivery is due again. */
  readonly leaseMs: number;
  readonly limit: number;
  /** Only of these channels. */
  readonly channels: readonly string[];
  /** None of these targets; they are busy. */
  readonly exceptTargets: readonly string[];
  /** At most so many of one target. */
  readonly perTarget: number;
}

/**
 * What goes out, kept until it is delivered or given up. Every method is one atomic step, on disk before its promise resolves.
 *
 * The end of a turn whose session has a callback target is enqueued by the store itself, in the commit that stores the end, whoever
 * ends the turn: id = turn id, key = `<turnId>:reply`, payload = the terminal event. When the tenant's outbox is full it is dead at once.
 * What belongs to a session goes when the session is erased.
 */
export abstract class Outbox {
  /** `duplicate`: the key was used for the same before; `conflict`: for something else; `full`: the tenant has reached its limit. */
  abstract enqueue(delivery: NewDelivery): Promise<EnqueueOutcome>;
  /** Takes due deliveries, the longest due first: pending ones, and those whose lease ended. Of two callers at once one gets each. */
  abstract claim(request: ClaimRequest): Promise<readonly DeliveryClaim[]>;
  /** False when the lease is stale; then nothing is written. */
  abstract settle(lease: DeliveryLease, settlement: Settlement, at: number): Promise<boolean>;
  abstract find(id: string, tenantId: string): Promise<DeliveryRecord | null>;
  /** Newest first. */
  abstract deadLetters(tenantId: string, page: PageRequest): Promise<Page<DeliveryRecord> | BadCursor>;
  /** Makes a dead delivery due at once, its attempts counted anew. */
  abstract redrive(id: string, tenantId: string, at: number): Promise<RedriveOutcome>;
  /** Removes up to `limit` deliveries that were delivered before `deliveredBefore` or died before `deadBefore`; returns how many. */
  abstract sweep(deliveredBefore: number, deadBefore: number, limit: number): Promise<number>;
  /** Removes all deliveries of a tenant, whatever their state, and the callback targets they went to. */
  abstract forgetTenant(tenantId: string): Promise<void>;
}

/** The delivery as it may be shown. */
export function toDelivery(record: DeliveryRecord): Delivery {
  return {
    id: record.id,
    channel: record.channel,
    to: record.to,
    state: record.state,
    attempts: record.attempts,
    ...(record.reason === null ? {} : { reason: record.reason }),
    ...(record.sessionId === null ? {} : { sessionId: record.sessionId }),
    ...(record.turnId === null ? {} : { turnId: record.turnId }),
    createdAt: new Date(record.createdAt).toISOString(),
    updatedAt: new Date(record.changedAt).toISOString(),
    ...(record.state === 'pending' ? { nextAttemptAt: new Date(record.dueAt).toISOString() } : {}),
  };
}
