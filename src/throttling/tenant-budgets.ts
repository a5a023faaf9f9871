import { Injectable } from '@nestjs/common';
import type { TenantLimits } from '#libs/contracts';
import { Tenants } from '#libs/ports';

const MAX_KNOWN = 10_000;

/** What tenants limit, kept in memory; null: nothing. A change in this process is told by `forget`. */
@Injectable()
export class TenantBudgets {
  readonly #known = new Map<string, TenantLimits | null>();

  constructor(private readonly tenants: Tenants) {}

  /** The limits if they are known already. */
  find(tenantId: string): TenantLimits | null | undefined {
    return this.#known.get(tenantId);
  }

  async read(tenantId: string): Promise<TenantLimits | null> {
    const known = this.#known.get(tenantId);
    if (known !== undefined) return known;
    const limits = (await this.tenants.find(tenantId))?.limits ?? null;
    const kept = limits === null || Object.values(limits).every((limit) => limit === null) ? null : limits;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(tenantId, kept);
    return kept;
  }

  forget(tenantId: string): void {
    this.#known.delete(tenantId);
  }
}
