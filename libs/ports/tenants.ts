import type { Page, TenantLimits } from '#libs/contracts';
import type { BadCursor, PageRequest } from './sessions.js';

export interface TenantRecord {
  readonly id: string;
  readonly name: string;
  readonly limits: TenantLimits;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** What is not named stays as it is, each limit too. */
export interface TenantChange {
  readonly name?: string;
  readonly limits?: Partial<TenantLimits>;
}

/** The customers of the gateway. `default` is there from the start. */
export abstract class Tenants {
  /** False when there is one of this id, or was: an id is given once. */
  abstract create(tenant: TenantRecord): Promise<boolean>;
  abstract find(id: string): Promise<TenantRecord | null>;
  /** By id, ascending. */
  abstract list(page: PageRequest): Promise<Page<TenantRecord> | BadCursor>;
  /** One atomic step that knows what the one before it left; null when there is none. */
  abstract update(id: string, change: TenantChange): Promise<TenantRecord | null>;
  /** False when there is none. Its id is kept, and nothing else of it. */
  abstract remove(id: string): Promise<boolean>;
}

export function changedTenant(tenant: TenantRecord, { limits, ...change }: TenantChange): TenantRecord {
  return { ...tenant, ...change, limits: { ...tenant.limits, ...limits } };
}
