import { Injectable } from '@nestjs/common';
import { BUCKETS, Metrics } from './metrics.js';

/** What became of messages at the door of the gateway. */
@Injectable()
export class MessageMetrics {
  private readonly messages;
  private readonly refusals;
  private readonly overhead;
  private readonly limits;

  constructor(metrics: Metrics) {
    this.messages = metrics.counter('parley_messages_total', 'Messages that were sent, by channel and by what became of them at the door.', ['channel', 'outcome']);
    this.refusals = metrics.counter('parley_message_refusals_total', 'Messages that were refused, by the code of the problem.', ['code']);
    this.overhead = metrics.histogram(
      'parley_gateway_overhead_seconds',
      "The gateway's own time from taking a message to its acknowledgement, the commit included.",
      BUCKETS.short,
      ['channel'],
    );
    this.limits = metrics.counter('parley_limits_hit_total', 'Calls that were refused because a limit was reached, by limit.', ['limit']);
  }

  acknowledged(channel: string, tookMs: number): void {
    this.overhead(channel)(tookMs / 1000);
  }

  taken(channel: string, duplicate: boolean): void {
    this.messages(channel, duplicate ? 'duplicate' : 'accepted')();
  }

  /** `code` is one of the table of errors. */
  refused(channel: string, code: string): void {
    this.messages(channel, 'refused')();
    this.refusals(code)();
    if (code === 'rate_limited') this.limitHit('messages');
    if (code === 'budget_exhausted') this.limitHit('tokens');
    if (code === 'overloaded') this.limitHit('inbox');
  }

  limitHit(limit: 'messages' | 'tokens' | 'inbox' | 'reads' | 'sign-ins' | 'connections' | 'connection-attempts'): void {
    this.limits(limit)();
  }
}
