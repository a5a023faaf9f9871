import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AuditEntrySchema, pageSchema } from '#libs/contracts';
import { Authenticator } from '../../src/auth/authenticator.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { CLIENT_ID, CLIENT_SECRET, OddProvider } from './support/odd-provider.js';
import { OWN_ADDRESSES, Visitor } from './support/visitor.js';

let provider: OddProvider;
let gateway: StartedGateway;

const settings = () => ({
  ...OWN_ADDRESSES,
  LOG_LEVEL: 'silent',
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: CLIENT_ID,
  OIDC_CLIENT_SECRET: CLIENT_SECRET,
  OIDC_ALLOWED_DOMAINS: 'example.com, Partner.Example',
  OIDC_ROLE_CLAIM: 'parley_roles',
});

beforeAll(async () => {
  provider = await new OddProvider().start();
  gateway = await startGateway(settings());
});
afterEach(() => {
  provider.oddity = {};
});
afterAll(async () => {
  await gateway.stop();
  await provider.stop();
});

async function begin(visitor: Visitor, path = '/auth/login'): Promise<{ code: string; state: string }> {
  const { location } = await visitor.get(path);
  return provider.authorize(location ?? '');
}

async function signIn(visitor: Visitor, path?: string) {
  const { code, state } = await begin(visitor, path);
  return visitor.get(`/auth/callback?code=${code}&state=${state}`);
}

async function me(visitor: Visitor): Promise<{ readonly id: string; readonly role: string }> {
  const told: { id: string; role: string } = JSON.parse((await visitor.get('/auth/me')).text);
  return told;
}

describe('an operator who signs in by OpenID Connect', () => {
  it('is sent to the provider with PKCE, state and nonce, all new each time', async () => {
    const asked = [];
    for (const visitor of [new Visitor(gateway), new Visitor(gateway)]) {
      const { status, location, setCookies } = await visitor.get('/auth/login');
      expect(status).toBe(303);
      expect(setCookies).toEqual([expect.stringMatching(/^parley-oidc=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/)]);
      asked.push(new URL(location ?? '').searchParams);
    }
    const [one, other] = asked;
    expect(Object.fromEntries(one ?? [])).toMatchObject({
      response_type: 'code',
      client_id: CLIENT_ID,
      redirect_uri: `${gateway.url}/auth/callback`,
      scope: 'openid email profile',
      code_challenge_method: 'S256',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(one?.get(name)).toMatch(/^[\w-]{43}$/);
      expect(one?.get(name)).not.toBe(other?.get(name));
    }
  });

  it('comes in with a new session on the server, and where they wanted to go', async () => {
    const visitor = new Visitor(gateway);
    visitor.cookies.set('parley', 'a-value-that-somebody-planted');
    const reply = await signIn(visitor, '/auth/login?returnTo=/playground?session=1');
    expect(reply).toMatchObject({ status: 303, location: `${gateway.url}/playground?session=1` });
    expect(reply.setCookies[0]).toMatch(/^parley=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/);
    expect(reply.setCookies[1]).toMatch(/^parley-oidc=; .*Max-Age=0$/);
    expect(await me(visitor)).toMatchObject({ kind: 'operator', id: expect.stringMatching(/^oidc_[\w-]{43}$/), tenantId: 'default', role: 'viewer' });
  });

  it('is the same account whatever their address is today, and another one under another subject', async () => {
    const idOf = async (claims: Record<string, unknown>) => {
      provider.oddity = { claims };
      const visitor = new Visitor(gateway);
      await signIn(visitor);
      return (await me(visitor)).id;
    };
    const alice = await idOf({});
    expect(await idOf({ email: 'alice.new@partner.example' })).toBe(alice);
    expect(await idOf({ sub: 'mallory', email: 'alice@example.com' })).not.toBe(alice);
  });

  it('is told by the name that they have today, beside an id that stays: also on a socket that comes back', async () => {
    const visitor = new Visitor(gateway);
    await signIn(visitor);
    const first = await me(visitor);
    expect(first).toMatchObject({ id: expect.stringMatching(/^oidc_/), name: 'alice@example.com' });
    provider.oddity = { claims: { email: 'alice.new@partner.example' } };
    const later = new Visitor(gateway);
    await signIn(later);
    expect(await me(later)).toEqual({ ...first, name: 'alice.new@partner.example' });
    const authenticator = gateway.app.get(Authenticator);
    const outcome = await authenticator.authenticate({ kind: 'cookie', value: later.cookies.get('parley') ?? '' });
    if (!outcome.ok) throw new Error(outcome.failure.detail);
    const { token } = await authenticator.grantResume(outcome.value);
    expect(await authenticator.authenticate({ kind: 'resume', token })).toEqual(outcome);
  });

  it('stands in the audit log by the id that stays, with the name that they had then', async () => {
    const visitor = new Visitor(gateway);
    await signIn(visitor);
    const { id } = await me(visitor);
    provider.oddity = { claims: { email: 'alice.new@partner.example' } };
    const later = new Visitor(gateway);
    await signIn(later);
    const answer = await fetch(`${gateway.url}/api/v1/audit?action=operator.sign-in&actor=${id}&limit=2`, { headers: { 'x-api-key': ADMIN_KEY } });
    const { items } = pageSchema(AuditEntrySchema).parse(await answer.json());
    expect(items.map(({ actor }) => actor)).toEqual([
      { kind: 'operator', id, name: 'alice.new@partner.example' },
      { kind: 'operator', id, name: 'alice@example.com' },
    ]);
  });

  it('has their name in the audit log of a tenant that they keep, too', async () => {
    provider.oddity = { claims: { email: 'alice@example.com', parley_roles: 'admin' } };
    const visitor = new Visitor(gateway);
    await signIn(visitor);
    const body = JSON.stringify({ name: 'by alice', scopes: ['messages'] });
    const headers = { 'content-type': 'application/json', origin: gateway.url };
    expect((await visitor.post('/api/v1/tenants/default/keys', body, headers)).status).toBe(201);
    const answer = await fetch(`${gateway.url}/api/v1/audit?action=key.create&limit=1`, { headers: { 'x-api-key': ADMIN_KEY } });
    const { items } = pageSchema(AuditEntrySchema).parse(await answer.json());
    expect(items[0]?.actor).toMatchObject({ kind: 'operator', name: 'alice@example.com' });
  });

  it.each([
    ['no claim', {}, 'viewer'],
    ['a text', { parley_roles: 'operator' }, 'operator'],
    ['a list, of which the highest counts', { parley_roles: ['viewer', 'admin', 'x'] }, 'admin'],
    ['a word that is no role', { parley_roles: 'Administrator' }, 'viewer'],
    ['another case', { parley_roles: 'ADMIN' }, 'viewer'],
    ['an object', { parley_roles: { admin: true } }, 'viewer'],
    ['another claim', { roles: ['admin'] }, 'viewer'],
  ])('has the role of the claim: %s', async (_title, claims, role) => {
    provider.oddity = { claims };
    const visitor = new Visitor(gateway);
    await signIn(visitor);
    expect((await me(visitor)).role).toBe(role);
  });

  it('may have an address that only userinfo tells', async () => {
    provider.oddity = { claims: { email: undefined, email_verified: undefined }, userInfo: { email: 'alice@example.com', email_verified: true } };
    expect((await signIn(new Visitor(gateway))).status).toBe(303);
  });

  it('is out when they sign out: the cookie opens nothing any more', async () => {
    const visitor = new Visitor(gateway);
    await signIn(visitor);
    const value = visitor.cookies.get('parley') ?? '';
    expect((await visitor.post('/auth/logout', '', { origin: gateway.url, 'content-type': 'application/json' })).status).toBe(204);
    visitor.cookies.set('parley', value);
    expect((await visitor.get('/auth/me')).status).toBe(401);
  });

  it('is out when the settings name another issuer, other domains or another claim', async () => {
    const visitor = new Visitor(gateway);
    await signIn(visitor);
    const { dataDir } = gateway;
    for (const changed of [{ OIDC_ALLOWED_DOMAINS: 'partner.example' }, { OIDC_ISSUER: 'https://other.example' }]) {
      await gateway.stop({ keepData: true });
      gateway = await startGateway({ ...settings(), ...changed, PORT: '0' }, { dataDir });
      const later = new Visitor(gateway);
      later.cookies.set('parley', visitor.cookies.get('parley') ?? '');
      expect((await later.get('/auth/me')).status).toBe(401);
    }
    await gateway.stop({ keepData: true });
    gateway = await startGateway(settings(), { dataDir });
    const back = new Visitor(gateway);
    back.cookies.set('parley', visitor.cookies.get('parley') ?? '');
    expect((await back.get('/auth/me')).status).toBe(200);
  });
});
