import type { DeliveryState } from '#libs/contracts';
import type { CallbackTarget, DeliveryClaim, DeliveryRecord } from '#libs/ports';

/** The outbox as both databases keep it. */
export interface DeliveriesTable {
  id: string;
  tenant_id: string;
  channel: string;
  idempotency_key: string;
  fingerprint: string | null;
  target: string;
  recipient: string;
  payload: string;
  session_id: string | null;
  turn_id: string | null;
  state: DeliveryState;
  attempts: number;
  fence: number;
  due_at: number;
  reason: string | null;
  created_at: number;
  changed_at: number;
  request_id: string | null;
}

export interface CallbackTargetsTable {
  id: string;
  tenant_id: string;
  session_id: string | null;
  url: string;
  secret: string;
  created_at: number;
}

export function toDeliveryRecord(row: DeliveriesTable): DeliveryRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    channel: row.channel,
    key: row.idempotency_key,
    target: row.target,
    to: row.recipient,
    payload: row.payload,
    requestId: row.request_id,
    sessionId: row.session_id,
    turnId: row.turn_id,
    state: row.state,
    attempts: row.attempts,
    dueAt: row.due_at,
    reason: row.reason,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}

export function toDeliveryClaim(row: DeliveriesTable): DeliveryClaim {
  return { id: row.id, fence: row.fence, delivery: toDeliveryRecord(row) };
}

export function toCallbackTarget(row: CallbackTargetsTable): CallbackTarget {
  return { id: row.id, tenantId: row.tenant_id, sessionId: row.session_id, url: row.url, secret: row.secret, createdAt: row.created_at };
}
