import { Injectable } from '@nestjs/common';
import { failure, type Failure } from '#libs/contracts';
import { networkOf } from '#libs/policy';
import { Clock, Counters, type Quota } from '#libs/ports';
import { Config } from '../config/config.js';
import { MessageMetrics } from '../observability/metrics/message-metrics.js';

const MINUTE_MS = 60_000;

/** How often one address (of IPv6 one /64) may try to open a socket, over all doors; asked before anybody looks at what it shows. */
@Injectable()
export class ConnectionAttempts {
  private readonly quotas: readonly Quota[];

  constructor(
    private readonly counters: Counters,
    private readonly clock: Clock,
    private readonly metrics: MessageMetrics,
    config: Config,
  ) {
    this.quotas = [{ limit: config.settings.CONNECTION_ATTEMPTS_PER_MINUTE, windowMs: MINUTE_MS }];
  }

  /** Counts one attempt; says why it is refused, or null. */
  async take(address: string): Promise<Failure | null> {
    const { allowed, retryAfterMs } = await this.counters.hit(`connection-attempts\n${networkOf(address)}`, this.quotas, this.clock.now());
    if (allowed) return null;
    this.metrics.limitHit('connection-attempts');
    return failure('rate_limited', 'Too many connections are opened from this address.', { retryAfterMs });
  }
}
