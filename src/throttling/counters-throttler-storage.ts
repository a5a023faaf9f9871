import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { Clock, Counters } from '#libs/ports';

type StorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Counts for `@nestjs/throttler` in the counters that everything else uses. */
@Injectable()
export class CountersThrottlerStorage implements ThrottlerStorage {
  constructor(
    private readonly counters: Counters,
    private readonly clock: Clock,
  ) {}

  async increment(key: string, ttl: number, limit: number): Promise<StorageRecord> {
    const decision = await this.counters.hit(key, [{ limit, windowMs: ttl }], this.clock.now());
    const quota = decision.quotas[0];
    return {
      totalHits: limit - (quota?.remaining ?? 0) + (decision.allowed ? 0 : 1),
      timeToExpire: Math.ceil((quota?.resetMs ?? 0) / 1000),
      isBlocked: !decision.allowed,
      timeToBlockExpire: decision.retryAfterMs / 1000,
    };
  }
}
