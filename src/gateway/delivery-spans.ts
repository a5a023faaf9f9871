import { Injectable } from '@nestjs/common';
import type { DeliveryResult } from '#libs/channel-sdk';
import { History, StorageError, Tracing, type DeliveryRecord, type TurnRecord } from '#libs/ports';

/** Shows each attempt to deliver outside as a span; the end of a turn is delivered in the trace of its message. */
@Injectable()
export class DeliverySpans {
  constructor(
    private readonly tracing: Tracing,
    private readonly history: History,
  ) {}

  /** `turn` is the one whose end this delivers, when it could be read. */
  async around(delivery: DeliveryRecord, turn: TurnRecord | null, attempt: (traced: DeliveryRecord) => Promise<DeliveryResult>): Promise<DeliveryResult> {
    if (!this.tracing.on) return attempt(delivery);
    const span = this.tracing.begin(`deliver ${delivery.channel}`, {
      parent: turn?.traceparent ?? null,
      kind: 'client',
      attributes: {
        'parley.channel': delivery.channel,
        'parley.tenant.id': delivery.tenantId,
        'parley.delivery.id': delivery.id,
        'parley.delivery.attempt': delivery.attempts,
      },
    });
    const result = await attempt(span.traceparent === null ? delivery : { ...delivery, traceparent: span.traceparent });
    if (result.kind !== 'delivered') span.fail(result.kind);
    span.end();
    return result;
  }

  /** The turn whose end this delivers. A store that does not answer costs the delivery its place in the trace and in the log, nothing else. */
  async turnOf({ turnId, tenantId }: DeliveryRecord): Promise<TurnRecord | null> {
    if (turnId === null) return null;
    try {
      return await this.history.turn(turnId, { tenantId });
    } catch (error) {
      if (error instanceof StorageError) return null;
      throw error;
    }
  }
}
