import { Injectable } from '@nestjs/common';
import type { Principal, PrincipalLimits, TenantLimits } from '#libs/contracts';
import { Counters, type Decision, type Hit, type Quota } from '#libs/ports';
import { Config } from '../config/config.js';
import { LimitsInForce } from './limits-in-force.js';
import { MessageLimits } from './message-limits.js';
import { principalKey } from './principal-key.js';
import { TenantLimitsBook } from './tenant-limits-book.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Messages per minute and hour: of a principal by its own limits, else those of the settings; of a tenant where it has some. */
@Injectable()
export class CountedMessageLimits extends MessageLimits {
  private readonly usual: readonly Quota[];
  private readonly own = new WeakMap<PrincipalLimits, readonly Quota[]>();
  private readonly shared = new WeakMap<TenantLimits, readonly Quota[]>();

  constructor(
    private readonly counters: Counters,
    private readonly limits: LimitsInForce,
    private readonly tenants: TenantLimitsBook,
    private readonly config: Config,
  ) {
    super();
    this.usual = this.quotas(undefined);
  }

  take(principal: Principal, at: number): Decision | Promise<Decision> {
    const tenant = this.tenants.find(principal.tenantId);
    if (tenant === undefined) return this.tenants.read(principal.tenantId).then((read) => this.count(principal, read, at));
    return this.count(principal, tenant, at);
  }

  of(principal: Principal): { readonly messagesPerMinute: number; readonly messagesPerHour: number } {
    return this.effective(this.limits.of(principal));
  }

  private count(principal: Principal, tenant: TenantLimits | null, at: number): Decision | Promise<Decision> {
    const key = principalKey('messages', principal);
    const quotas = this.quotasOf(principal);
    const shared = tenant === null ? null : this.sharedHit(principal.tenantId, tenant);
    return shared === null ? this.counters.hit(key, quotas, at) : this.counters.hitAll([{ key, quotas }, shared], at);
  }

  private quotasOf(principal: Principal): readonly Quota[] {
    const limits = this.limits.of(principal);
    if (limits === undefined) return this.usual;
    let quotas = this.own.get(limits);
    if (quotas === undefined) {
      quotas = this.quotas(limits);
      this.own.set(limits, quotas);
    }
    return quotas;
  }

  private sharedHit(tenantId: string, limits: TenantLimits): Hit | null {
    let quotas = this.shared.get(limits);
    if (quotas === undefined) {
      quotas = [...quotaOf(limits.messagesPerMinute, MINUTE_MS), ...quotaOf(limits.messagesPerHour, HOUR_MS)];
      this.shared.set(limits, quotas);
    }
    return quotas.length === 0 ? null : { key: `messages\n${tenantId}`, quotas };
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

function quotaOf(limit: number | null, windowMs: number): Quota[] {
  return limit === null ? [] : [{ limit, windowMs, of: 'tenant' }];
}
