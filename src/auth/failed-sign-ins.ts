import { Injectable } from '@nestjs/common';
import { refused, type Outcome } from '#libs/channel-sdk';
import { failure } from '#libs/contracts';
import { networkOf } from '#libs/policy';
import { Clock } from '#libs/ports';
import { CallMetrics } from '../observability/metrics/call-metrics.js';
import { MessageMetrics } from '../observability/metrics/message-metrics.js';

const WINDOW_MS = 60_000;
const MAX_FAILURES = 10;
const MAX_ADDRESSES = 10_000;

interface Failures {
  count: number;
  readonly since: number;
}

/** At most 10 failed sign-ins a minute from one address; of more than 10,000 addresses the oldest are forgotten. */
@Injectable()
export class FailedSignIns {
  private readonly byAddress = new Map<string, Failures>();

  constructor(
    private readonly clock: Clock,
    private readonly calls: CallMetrics,
    private readonly messages: MessageMetrics,
  ) {}

  /** Runs the attempt unless the address failed too often. It counts as failed until it went well, or broke, so parallel ones are exact. */
  async limit<Value>(address: string, attempt: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> {
    const failures = this.of(networkOf(address));
    if (failures.count >= MAX_FAILURES) {
      this.messages.limitHit('sign-ins');
      const retryAfterMs = Math.max(1, failures.since + WINDOW_MS - this.clock.now());
      return refused(failure('rate_limited', 'Too many failed sign-ins from this address.', { retryAfterMs }));
    }
    failures.count += 1;
    let isFailure = false;
    try {
      const outcome = await attempt();
      isFailure = !outcome.ok;
      if (isFailure) this.calls.notAuthenticated('sign-in');
      return outcome;
    } finally {
      if (!isFailure) failures.count -= 1;
    }
  }

  private of(network: string): Failures {
    const now = this.clock.now();
    const known = this.byAddress.get(network);
    // A clock that was set back would keep somebody out for as long.
    if (known !== undefined && now >= known.since && now - known.since < WINDOW_MS) return known;
    this.byAddress.delete(network);
    const oldest = this.byAddress.keys().next();
    if (this.byAddress.size >= MAX_ADDRESSES && oldest.done !== true) this.byAddress.delete(oldest.value);
    const fresh = { count: 0, since: now };
    this.byAddress.set(network, fresh);
    return fresh;
  }
}
