import { Injectable } from '@nestjs/common';
import type { Principal, PrincipalLimits } from '#libs/contracts';
import { Counters, type Decision, type Quota } from '#libs/ports';
import { Config } from '../config/config.js';
import { MessageLimits } from './message-limits.js';
import { principalKey } from './principal-key.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Messages of a principal per minute and hour: its own limits, else those of the settings. */
@Injectable()
export class CountedMessageLimits extends MessageLimits {
  private readonly usual: readonly Quota[];
  private readonly own = new WeakMap<PrincipalLimits, readonly Quota[]>();

  constructor(
    private readonly counters: Counters,
    private readonly config: Config,
  ) {
    super();
    this.usual = this.quotas(undefined);
  }

  take(principal: Principal, at: number): Decision | Promise<Decision> {
    return this.counters.hit(principalKey('messages', principal), this.quotasOf(principal), at);
  }

  of(principal: Principal): { readonly messagesPerMinute: number; readonly messagesPerHour: number } {
    return this.effective(principal.limits);
  }

  private quotasOf({ limits }: Principal): readonly Quota[] {
    if (limits === undefined) return this.usual;
    let quotas = this.own.get(limits);
    if (quotas === undefined) {
      quotas = this.quotas(limits);
      this.own.set(limits, quotas);
    }
    return quotas;
  }

  private quotas(limits: PrincipalLimits | undefined): readonly Quota[] {
    const { messagesPerMinute, messagesPerHour } = this.effective(limits);
    return [
      { limit: messagesPerMinute, windowMs: MINUTE_MS },
      { limit: messagesPerHour, windowMs: HOUR_MS },
    ];
  }

  private effective(limits: PrincipalLimits | undefined): { messagesPerMinute: number; messagesPerHour: number } {
    const { RATE_LIMIT_PER_MINUTE, RATE_LIMIT_PER_HOUR } = this.config.settings;
    return {
      messagesPerMinute: limits?.messagesPerMinute ?? RATE_LIMIT_PER_MINUTE,
      messagesPerHour: limits?.messagesPerHour ?? RATE_LIMIT_PER_HOUR,
    };
  }
}
