import { Injectable } from '@nestjs/common';
import { BAD_CURSOR, ok, refused, type Outcome } from '#libs/channel-sdk';
import {
  DEFAULT_TENANT,
  failure,
  NO_TENANT_LIMITS,
  type CreateTenant,
  type Failure,
  type Page,
  type PageQuery,
  type Principal,
  type Tenant,
  type TenantLimits,
  type UpdateTenant,
} from '#libs/contracts';
import { changedTenant, Clock, Tenants, type TenantRecord } from '#libs/ports';
import { Audit } from '../audit/audit.js';
import { TenantCount } from '../throttling/tenant-count.js';
import { TenantDeparture } from '../control-plane/tenant-departure.js';
import { TenantLimitsBook } from '../throttling/tenant-limits-book.js';
import { IssuerService } from './issuer-service.js';
import { MemberService } from './member-service.js';
import { reaches, within } from './tenant-admission.js';
import { TenantContents } from './tenant-contents.js';

const notFound = () => refused(failure('not_found', 'There is no such tenant.'));

/** Tenants as their keepers see them. Who may reach which has been asked before. */
@Injectable()
export class TenantService {
  constructor(
    private readonly tenants: Tenants,
    private readonly contents: TenantContents,
    private readonly issuers: IssuerService,
    private readonly members: MemberService,
    private readonly departure: TenantDeparture,
    private readonly limits: TenantLimitsBook,
    private readonly count: TenantCount,
    private readonly clock: Clock,
    private readonly audit: Audit,
  ) {}

  async list(keeper: Principal, { limit, cursor }: PageQuery): Promise<Outcome<Page<Tenant>>> {
    if (keeper.tenantId !== DEFAULT_TENANT) {
      const own = await this.tenants.find(keeper.tenantId);
      return ok({ items: own === null ? [] : [toTenant(own)], nextCursor: null });
    }
    const page = await this.tenants.list({ limit, cursor: cursor ?? null });
    if (page !== 'bad_cursor') return ok({ items: page.items.map(toTenant), nextCursor: page.nextCursor });
    return refused(BAD_CURSOR);
  }

  async get(id: string): Promise<Outcome<Tenant>> {
    const tenant = await this.tenants.find(id);
    return tenant === null ? notFound() : ok(toTenant(tenant));
  }

  /** The caller as an admin of the tenant; `not_found` where the caller reaches no such tenant. */
  async reach(caller: Principal, id: string): Promise<Outcome<Principal>> {
    const found = reaches(caller, id) && (await this.tenants.find(id)) !== null;
    return found ? ok(within(caller, id)) : notFound();
  }

  async create(keeper: Principal, { id, name, limits }: CreateTenant): Promise<Outcome<Tenant>> {
    if ((await this.tenants.find(id)) !== null) return refused(taken(id));
    const record = { id, name, limits: { ...NO_TENANT_LIMITS, ...named(limits) }, createdAt: this.clock.now() };
    const act = { action: 'tenant.create', target: { kind: 'tenant', id }, after: toTenant(record) };
    const made = await this.audit.attempt(keeper, act, async () => ((await this.tenants.create(record)) ? ok(toTenant(record)) : refused(taken(id))));
    this.limits.forget(id);
    await this.count.recount();
    return made;
  }

  async update(keeper: Principal, id: string, { name, limits }: UpdateTenant): Promise<Outcome<Tenant>> {
    const before = await this.tenants.find(id);
    if (before === null) return notFound();
    const change = { ...(name === undefined ? {} : { name }), limits: named(limits) };
    const act = { action: 'tenant.update', target: { kind: 'tenant', id }, before: toTenant(before), after: toTenant(changedTenant(before, change)) };
    const after = await this.audit.change(keeper, act, () => this.tenants.update(id, change));
    this.limits.forget(id);
    return after === null ? notFound() : ok(toTenant(after));
  }

  /** Takes away everybody who may come in, then what they made, then the tenant; may be called again when it was cut off. */
  async remove(keeper: Principal, id: string): Promise<Outcome<null>> {
    if (id === DEFAULT_TENANT) return refused(failure('conflict', 'The tenant default cannot be removed.'));
    const before = await this.tenants.find(id);
    if (before === null) return notFound();
    const act = { action: 'tenant.delete', target: { kind: 'tenant', id }, before: toTenant(before) };
    const removed = await this.audit.change(keeper, act, async () => {
      await this.clear(keeper, id);
      const gone = await this.tenants.remove(id);
      // What was made for it until its name was gone.
      await this.clear(keeper, id);
      return gone;
    });
    this.limits.forget(id);
    await this.count.recount();
    return removed ? ok(null) : notFound();
  }

  private async clear(keeper: Principal, id: string): Promise<void> {
    const asKeeper = within(keeper, id);
    await this.issuers.removeAll(asKeeper);
    await this.members.removeAll(asKeeper);
    await this.contents.revokeKeys(keeper, id);
    await this.contents.eraseSessions(keeper, { tenantId: id });
    await this.departure.clear(asKeeper);
  }
}

function taken(id: string): Failure {
  return failure('conflict', `There is a tenant named ${id}, or there was one: an id is given once.`);
}

function toTenant({ id, name, limits, createdAt }: TenantRecord): Tenant {
  return { id, name, limits, createdAt: new Date(createdAt).toISOString() };
}

function named(limits: CreateTenant['limits']): Partial<TenantLimits> {
  return Object.fromEntries(Object.entries(limits ?? {}).filter(([, limit]) => limit !== undefined));
}
