import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_TENANT_LIMITS } from '#libs/contracts';
import { Clock, Keys, Registrations, Sessions } from '#libs/ports';
import { Audit } from '../../src/audit/audit.js';
import { AdminKey } from '../../src/auth/admin-key.js';
import { TenantDeparture } from '../../src/control-plane/tenant-departure.js';
import { MemoryTenants } from '../../src/persistence/memory/memory-tenants.js';
import { IssuerService } from '../../src/tenants/issuer-service.js';
import { MemberService } from '../../src/tenants/member-service.js';
import { TenantContents } from '../../src/tenants/tenant-contents.js';
import { TenantService } from '../../src/tenants/tenant-service.js';
import { TenantCount } from '../../src/throttling/tenant-count.js';
import { TenantLimitsBook } from '../../src/throttling/tenant-limits-book.js';
import { call } from '../auth/caller.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** A store in which something happens right before a tenant's name is gone. */
class TenantsThatWait extends MemoryTenants {
  constructor(private readonly beforeRemoval: () => Promise<void>) {
    super();
  }

  override async remove(id: string): Promise<boolean> {
    await this.beforeRemoval();
    return super.remove(id);
  }
}

it('a tenant leaves nothing that was made for it while it was taken away', async () => {
  const part = <Part>(type: abstract new (...parts: never[]) => Part): Part => gateway.app.get(type);
  const post = (path: string, body: object) => call(gateway, 'POST', `/api/v1/tenants${path}`, { body });
  await post('', { id: 'leaving', name: 'Leaving' });
  let key = '';
  const tenants = new TenantsThatWait(async () => {
    key = (await post('/leaving/keys', { name: 'late', scopes: ['admin'] })).body.key;
    expect((await post('/leaving/members', { address: 'late@example.com', role: 'viewer' })).status).toBe(201);
    expect((await post('/leaving/issuers', { issuer: 'https://late.example.com', audience: 'x' })).status).toBe(201);
    expect((await call(gateway, 'POST', '/api/v1/sessions', { key, body: {} })).status).toBe(201);
  });
  await tenants.create({ id: 'leaving', name: 'Leaving', limits: NO_TENANT_LIMITS, createdAt: 0 });
  const contents = [part(TenantContents), part(IssuerService), part(MemberService), part(TenantDeparture)] as const;
  const service = new TenantService(tenants, ...contents, part(TenantLimitsBook), part(TenantCount), part(Clock), part(Audit));
  const admin = part(AdminKey).principal;
  if (admin === null) throw new Error('ADMIN_API_KEY is set');
  expect(await service.remove(admin, 'leaving')).toEqual({ ok: true, value: null });
  expect((await call(gateway, 'GET', '/auth/me', { key })).status).toBe(401);
  expect(await part(Keys).list('leaving', { limit: 5 })).toMatchObject({ items: [] });
  expect(await part(Sessions).list({ tenantId: 'leaving' }, { limit: 5 })).toMatchObject({ items: [] });
  for (const kind of ['issuer', 'member'] as const) expect(await part(Registrations).list(kind, 'leaving', { limit: 5 })).toMatchObject({ items: [] });
});
