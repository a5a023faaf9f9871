import { Injectable } from '@nestjs/common';
import type { Principal, PrincipalLimits, TenantLimits } from '#libs/contracts';
import { CounterKey, Counters, type Decision, type Hit, type Quota } from '#libs/ports';
import { Config } from '../config/config.js';
import { CountedPrincipal } from './counted-principal.js';
import { LimitsInForce } from './limits-in-force.js';
import { MessageLimits } from './message-limits.js';
import { TenantLimitsBook } from './tenant-limits-book.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** What the messages of a tenant count against; null where it limits none. */
interface SharedHit {
  readonly tenantId: string;
  readonly hit: Hit | null;
}

/** Messages per minute and hour: of a principal by its own limits, else those of the settings; of a tenant where it has some. */
@Injectable()
export class CountedMessageLimits extends MessageLimits {
  private readonly usual: readonly Quota[];
  private readonly shared = new WeakMap<TenantLimits, SharedHit>();

  constructor(
    private readonly counters: Counters,
    private readonly limits: LimitsInForce,
    private readonly tenants: TenantLimitsBook,
    private readonly config: Config,
  ) {
    super();
    this.usual = this.made(undefined);
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
    const key = this.counted(principal);
    const shared = tenant === null ? null : this.sharedHit(principal.tenantId, tenant);
    if (shared === null) return this.counters.hit(key, key.quotas, at);
    return this.counters.hitAll([{ key, quotas: key.quotas }, shared], at);
  }

  private counted(principal: Principal): CountedPrincipal {
    const limits = this.limits.of(principal);
    let counted = CountedPrincipal.of(principal);
    if (counted?.by !== this) {
      counted = new CountedPrincipal(principal, this, limits, this.quotas(limits));
      CountedPrincipal.keep(principal, counted);
    } else if (counted.limits !== limits) {
      counted.limits = limits;
      counted.quotas = this.quotas(limits);
    }
    return counted;
  }

  private sharedHit(tenantId: string, limits: TenantLimits): Hit | null {
    const known = this.shared.get(limits);
    if (known?.tenantId === tenantId) return known.hit;
    const quotas = [...quotaOf(limits.messagesPerMinute, MINUTE_MS), ...quotaOf(limits.messagesPerHour, HOUR_MS)];
    const hit = quotas.length === 0 ? null : { key: new CounterKey(`messages\n${tenantId}`), quotas };
    this.shared.set(limits, { tenantId, hit });
    return hit;
  }

  private quotas(limits: PrincipalLimits | undefined): readonly Quota[] {
    const hasOwn = (limits?.messagesPerMinute ?? limits?.messagesPerHour ?? null) !== null;
    return hasOwn ? this.made(limits) : this.usual;
  }

  private made(limits: PrincipalLimits | undefined): readonly Quota[] {
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
