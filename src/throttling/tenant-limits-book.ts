import { Injectable } from '@nestjs/common';
import type { TenantLimits } from '#libs/contracts';
import { Tenants } from '#libs/ports';

const MAX_KNOWN = 10_000;

/** What tenants limit, kept in memory for the last 10,000 that came by; null: nothing. A change in this process is told by `forget`. */
@Injectable()
export class TenantLimitsBook {
  readonly #known = new Map<string, TenantLimits | null>();
  #changes = 0;

  constructor(private readonly tenants: Tenants) {}

  /** The limits if they are known already. */
  find(tenantId: string): TenantLimits | null | undefined {
    return this.#known.get(tenantId);
  }

  async read(tenantId: string): Promise<TenantLimits | null> {
    const known = this.#known.get(tenantId);
    if (known !== undefined) return known;
    for (;;) {
      const before = this.#changes;
      const limits = (await this.tenants.find(tenantId))?.limits ?? null;
      // What was read before a change may be older than the change.
      if (before === this.#changes) return this.#keep(tenantId, limits);
    }
  }

  forget(tenantId: string): void {
    this.#changes += 1;
    this.#known.delete(tenantId);
  }

  #keep(tenantId: string, limits: TenantLimits | null): TenantLimits | null {
    const kept = limits === null || Object.values(limits).every((limit) => limit === null) ? null : limits;
    const oldest = this.#known.keys().next();
    if (this.#known.size >= MAX_KNOWN && oldest.done !== true) this.#known.delete(oldest.value);
    this.#known.set(tenantId, kept);
    return kept;
  }
}
