import { Webhook } from 'standardwebhooks';
import type { DeliveryRecord } from '#libs/ports';
import { VERSION } from '../../version.js';

export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * A delivery as Standard Webhooks wants it (specification 1.0): `{ type, timestamp, data }`, signed with HMAC-SHA256 over
 * `<webhook-id>.<webhook-timestamp>.<body>`. The body is the same at every attempt, the timestamp is that of the attempt.
 */
export function webhookRequest({ id, key, turnId, payload, traceparent }: DeliveryRecord, secret: string, now: number): WebhookRequest {
  const { type, at }: { type: string; at: string } = JSON.parse(payload);
  const body = `{"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(at)},"data":${payload}}`;
  const time = new Date(now);
  const headers = {
    'content-type': 'application/json',
    'user-agent': `Parley/${VERSION}`,
    'idempotency-key': turnId === null ? id : key,
    ...(traceparent === undefined ? {} : { traceparent }),
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, time, body),
  };
  return { headers, body };
}
