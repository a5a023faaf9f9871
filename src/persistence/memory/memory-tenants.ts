import { DEFAULT_TENANT, NO_TENANT_LIMITS, type Page } from '#libs/contracts';
import { changedTenant, Tenants, type BadCursor, type PageRequest, type TenantChange, type TenantRecord } from '#libs/ports';
import { readCursor, writeCursor } from '../cursor.js';

const LIST = 'tenants';

/** Tenants in memory. */
export class MemoryTenants extends Tenants {
  readonly #tenants = new Map<string, TenantRecord>([
    [DEFAULT_TENANT, { id: DEFAULT_TENANT, name: 'Default', limits: NO_TENANT_LIMITS, createdAt: 0 }],
  ]);
  readonly #removed = new Set<string>();

  override async create(tenant: TenantRecord): Promise<boolean> {
    if (this.#tenants.has(tenant.id) || this.#removed.has(tenant.id)) return false;
    this.#tenants.set(tenant.id, structuredClone(tenant));
    return true;
  }

  override async find(id: string): Promise<TenantRecord | null> {
    return this.#tenants.get(id) ?? null;
  }

  override async list({ limit, cursor }: PageRequest): Promise<Page<TenantRecord> | BadCursor> {
    const after = cursor === undefined || cursor === null ? '' : readCursor(cursor, LIST, 'string');
    if (after === undefined) return 'bad_cursor';
    const found = [...this.#tenants.values()].filter((tenant) => tenant.id > after).sort((one, other) => (one.id < other.id ? -1 : 1));
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last !== undefined ? writeCursor(LIST, last.id) : null };
  }

  override async update(id: string, change: TenantChange): Promise<TenantRecord | null> {
    const tenant = this.#tenants.get(id);
    if (tenant === undefined) return null;
    const next = changedTenant(tenant, change);
    this.#tenants.set(id, next);
    return next;
  }

  override async remove(id: string): Promise<boolean> {
    const removed = this.#tenants.delete(id);
    if (removed) this.#removed.add(id);
    return removed;
  }
}
