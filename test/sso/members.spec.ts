import { io } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TenantMembers } from '../../src/auth/sso/tenant-members.js';
import { call } from '../auth/caller.js';
import { awakeTime } from '../support/awake-time.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { CLIENT_ID, CLIENT_SECRET, OddProvider } from './support/odd-provider.js';
import { OWN_ADDRESSES, Visitor, type Reply } from './support/visitor.js';

let provider: OddProvider;
let gateway: StartedGateway;

const settings = () => ({
  ...OWN_ADDRESSES,
  LOG_LEVEL: 'silent',
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: CLIENT_ID,
  OIDC_CLIENT_SECRET: CLIENT_SECRET,
  OIDC_ROLE_CLAIM: 'parley_roles',
});

beforeAll(async () => {
  provider = await new OddProvider().start();
  gateway = await startGateway(settings());
  for (const id of ['acme', 'zebra']) await call(gateway, 'POST', '/api/v1/tenants', { body: { id, name: id } });
});
afterEach(() => {
  provider.oddity = {};
});
afterAll(async () => {
  await gateway.stop();
  await provider.stop();
});

interface Me {
  readonly id: string;
  readonly tenantId: string;
  readonly role: string;
}

async function signIn(claims: Record<string, unknown>, tenant?: string, to: Pick<StartedGateway, 'url'> = gateway): Promise<{ visitor: Visitor; reply: Reply }> {
  provider.oddity = { claims, userInfo: claims };
  const visitor = new Visitor(to);
  const { location } = await visitor.get(`/auth/login${tenant === undefined ? '' : `?tenant=${tenant}`}`);
  const { code, state } = provider.authorize(location ?? '');
  return { visitor, reply: await visitor.get(`/auth/callback?code=${code}&state=${state}`) };
}

async function me(visitor: Visitor): Promise<Me | null> {
  const { status, text } = await visitor.get('/auth/me');
  if (status !== 200) return null;
  const told: Me = JSON.parse(text);
  return told;
}

async function add(tenant: string, body: object, key?: string): Promise<string> {
  const made = await call(gateway, 'POST', `/api/v1/tenants/${tenant}/members`, { body, ...(key === undefined ? {} : { key }) });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id;
}

describe('a member of a tenant', () => {
  it('comes into it by issuer and subject with the role of the membership, not into default', async () => {
    await add('acme', { issuer: provider.issuer, subject: 'ann', role: 'operator' });
    const { visitor } = await signIn({ sub: 'ann', email: 'ann@example.com' });
    expect(await me(visitor)).toMatchObject({ tenantId: 'acme', role: 'operator' });
    expect((await visitor.get('/api/v1/tenants/default')).status).toBe(403);
    expect((await signIn({ sub: 'ann' }, 'default')).reply.problem?.code).toBe('permission_denied');
    expect((await signIn({ sub: 'ann' }, 'zebra')).reply.problem?.code).toBe('permission_denied');
    expect((await signIn({ sub: 'ann' }, 'no-such-tenant')).reply.problem?.code).toBe('permission_denied');
    expect((await signIn({ sub: 'ann', iss: provider.issuer }, 'acme')).reply.status).toBe(303);
  });

  it('takes the place of a verified address at the first sign-in, and nobody else takes it later', async () => {
    const id = await add('acme', { address: 'Bob@Example.com', role: 'admin' });
    const unverified = await signIn({ sub: 'evil', email: 'bob@example.com', email_verified: false });
    expect(unverified.reply.problem?.code).toBe('permission_denied');
    const bob = await signIn({ sub: 'bob', email: 'bob@example.com' });
    const who = await me(bob.visitor);
    expect(who).toMatchObject({ tenantId: 'acme', role: 'admin' });
    const { text } = await bob.visitor.get('/api/v1/audit?action=member.bind&limit=1');
    expect(JSON.parse(text)).toMatchObject({ items: [{ actor: { kind: 'operator', id: who?.id, name: 'bob@example.com' }, target: { id } }] });
    const kept = await call(gateway, 'GET', `/api/v1/tenants/acme/members/${id}`);
    expect(kept.body).toMatchObject({ address: 'bob@example.com', operatorId: who?.id });
    const later = await signIn({ sub: 'somebody-else', email: 'bob@example.com' });
    expect(await me(later.visitor)).toMatchObject({ tenantId: 'default', role: 'viewer' });
    const moved = await signIn({ sub: 'bob', email: 'bob@elsewhere.example' });
    expect(await me(moved.visitor)).toMatchObject({ tenantId: 'acme', role: 'admin' });
  });

  it('gives the place of an address to one of two accounts that come for it at once', async () => {
    const id = await add('acme', { address: 'two@example.com', role: 'admin' });
    const members = gateway.app.get(TenantMembers);
    const account = (subject: string) => ({ method: 'oidc', issuer: provider.issuer, subject, address: { text: 'two@example.com', verified: true }, roles: [] }) as const;
    const seen = await Promise.all(['one', 'other'].map((subject) => members.of(account(subject), `oidc_${subject}`)));
    expect(seen.flat().map((member) => member.id)).toEqual([id, id]);
    const [mine, theirs] = await Promise.all(seen.map(async ([place], index) => place !== undefined && members.bind(place, `oidc_${index}`)));
    expect([mine, theirs].sort()).toEqual([false, true]);
  });

  it('of two tenants chooses with ?tenant=, and without it comes into the first by name', async () => {
    for (const tenant of ['zebra', 'acme']) await add(tenant, { issuer: provider.issuer, subject: 'both', role: tenant === 'acme' ? 'viewer' : 'admin' });
    expect(await me((await signIn({ sub: 'both' })).visitor)).toMatchObject({ tenantId: 'acme', role: 'viewer' });
    expect(await me((await signIn({ sub: 'both' }, 'zebra')).visitor)).toMatchObject({ tenantId: 'zebra', role: 'admin' });
    await add('default', { issuer: provider.issuer, subject: 'both', role: 'operator' });
    expect(await me((await signIn({ sub: 'both' })).visitor)).toMatchObject({ tenantId: 'default', role: 'operator' });
  });

  it('cannot be drawn away from default who has a role there by the claim', async () => {
    await add('acme', { issuer: provider.issuer, subject: 'chief', role: 'viewer' });
    expect(await me((await signIn({ sub: 'chief', parley_roles: ['admin'] })).visitor)).toMatchObject({ tenantId: 'default', role: 'admin' });
    expect(await me((await signIn({ sub: 'chief', parley_roles: ['admin'] }, 'acme')).visitor)).toMatchObject({ tenantId: 'acme', role: 'viewer' });
  });

  it('is signed out within a second when the role changes or the place is taken away, and others stay', async () => {
    const id = await add('acme', { issuer: provider.issuer, subject: 'carl', role: 'admin' });
    await add('zebra', { issuer: provider.issuer, subject: 'carl', role: 'viewer' });
    const other = (await signIn({ sub: 'carl' }, 'zebra')).visitor;
    for (const change of ['PATCH', 'DELETE']) {
      const { visitor } = await signIn({ sub: 'carl' }, 'acme');
      expect(await me(visitor)).toMatchObject({ tenantId: 'acme' });
      const cookie = [...visitor.cookies].map((pair) => pair.join('=')).join('; ');
      const socket = io(gateway.url, { extraHeaders: { cookie, origin: gateway.url }, transports: ['websocket'], reconnection: false, forceNew: true });
      const ended = new Promise<void>((resolve) => socket.once('connection-closing', () => resolve()));
      await new Promise((resolve, reject) => socket.once('connected', resolve).once('connect_error', reject));
      const sinceAsked = awakeTime();
      await call(gateway, change, `/api/v1/tenants/acme/members/${id}`, change === 'PATCH' ? { body: { role: 'viewer' } } : {});
      await ended;
      expect(sinceAsked(), change).toBeLessThan(1000);
      socket.disconnect();
      expect(await me(visitor), change).toBeNull();
    }
    expect(await me(other)).toMatchObject({ tenantId: 'zebra', role: 'viewer' });
    expect((await signIn({ sub: 'carl' }, 'acme')).reply.problem?.code).toBe('permission_denied');
  });

  it('ends with the tenant', async () => {
    await call(gateway, 'POST', '/api/v1/tenants', { body: { id: 'short', name: 'Short' } });
    await add('short', { issuer: provider.issuer, subject: 'dora', role: 'admin' });
    const { visitor } = await signIn({ sub: 'dora' });
    expect(await me(visitor)).toMatchObject({ tenantId: 'short' });
    await call(gateway, 'DELETE', '/api/v1/tenants/short');
    expect(await me(visitor)).toBeNull();
    expect((await call(gateway, 'GET', '/api/v1/tenants/short/members')).body.code).toBe('not_found');
    expect((await signIn({ sub: 'dora' }, 'short')).reply.problem?.code).toBe('permission_denied');
    expect(await me((await signIn({ sub: 'dora' })).visitor)).toMatchObject({ tenantId: 'default', role: 'viewer' });
  });
});

describe('members', () => {
  it('are kept by admins of the tenant and of default, with every change in its audit log', async () => {
    const adminOf = async (id: string) => (await call(gateway, 'POST', `/api/v1/tenants/${id}/keys`, { body: { name: 'a', scopes: ['admin'] } })).body.key;
    const [zebra, acme] = [await adminOf('zebra'), await adminOf('acme')];
    const path = '/api/v1/tenants/zebra/members';
    const id = await add('zebra', { address: 'eve@example.com', role: 'viewer' }, zebra);
    expect((await call(gateway, 'GET', path, { key: acme })).status).toBe(404);
    expect((await call(gateway, 'POST', path, { key: acme, body: { address: 'x@example.com', role: 'admin' } })).status).toBe(404);
    expect((await call(gateway, 'GET', `/api/v1/tenants/acme/members/${id}`, { key: acme })).status).toBe(404);
    expect((await call(gateway, 'DELETE', `/api/v1/tenants/acme/members/${id}`, { key: acme })).status).toBe(404);
    expect((await call(gateway, 'PATCH', `${path}/${id}`, { key: zebra, body: { role: 'operator' } })).body).toMatchObject({ role: 'operator' });
    expect((await call(gateway, 'POST', path, { key: zebra, body: { address: 'EVE@example.com', role: 'admin' } })).body.code).toBe('conflict');
    expect((await call(gateway, 'GET', path, { key: zebra })).body.items.map((one) => one.id)).toContain(id);
    expect((await call(gateway, 'GET', `${path}?cursor=nonsense`, { key: zebra })).status).toBe(400);
    expect((await call(gateway, 'DELETE', `${path}/${id}`, { key: zebra })).status).toBe(204);
    expect((await call(gateway, 'DELETE', `${path}/${id}`, { key: zebra })).status).toBe(404);
    for (const action of ['member.create', 'member.update', 'member.delete']) {
      const log = await call(gateway, 'GET', `/api/v1/audit?action=${action}`, { key: zebra });
      expect(JSON.stringify(log.body.items), action).toContain(id);
    }
  });

  it.each<[string, object]>([
    ['no role', { address: 'a@example.com' }],
    ['a role that there is not', { address: 'a@example.com', role: 'owner' }],
    ['an address without a domain', { address: 'a', role: 'viewer' }],
    ['an address in other letters', { address: 'а@example.com', role: 'viewer' }],
    ['half an account', { issuer: 'https://login.example.com', role: 'viewer' }],
    ['account and address', { issuer: 'https://login.example.com', subject: 'a', address: 'a@example.com', role: 'viewer' }],
  ])('are refused with %s', async (_what, body) => {
    expect((await call(gateway, 'POST', '/api/v1/tenants/acme/members', { body })).body.code).toBe('validation_failed');
  });

  it('are the only ones who sign in with SSO_MEMBERS_ONLY, whatever the claim says', async () => {
    const closed = await startGateway({ ...settings(), SSO_MEMBERS_ONLY: 'true' });
    try {
      expect((await signIn({ sub: 'fay', parley_roles: ['admin'] }, undefined, closed)).reply.problem?.code).toBe('permission_denied');
      const body = { issuer: provider.issuer, subject: 'fay', role: 'viewer' };
      expect((await call(closed, 'POST', '/api/v1/tenants/default/members', { body })).status).toBe(201);
      const { visitor } = await signIn({ sub: 'fay', parley_roles: ['admin'] }, undefined, closed);
      expect(await me(visitor)).toMatchObject({ tenantId: 'default', role: 'viewer' });
    } finally {
      await closed.stop();
    }
  });
});
