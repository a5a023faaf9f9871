import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator } from '../../src/auth/authenticator.js';
import { awakeTime } from '../support/awake-time.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, cookieOf, makeKey } from './caller.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** The gateway at the address where it listens, whatever address it tells clients. */
function onLoopback({ app }: StartedGateway): { url: string } {
  const server: Server = app.getHttpServer();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The gateway does not listen');
  return { url: `http://127.0.0.1:${address.port}` };
}

const OWN = { 'sec-fetch-site': 'same-origin' };

async function signIn(apiKey: string): Promise<string> {
  const answer = await call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey }, headers: OWN });
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}

async function freshToken(): Promise<string> {
  const { body } = await call(gateway, 'POST', '/auth/link/new');
  return new URL(body.url).hash.slice(1);
}

describe('signing in with a key', () => {
  it('sets a cookie that scripts and other sites cannot use', async () => {
    const answer = await call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey: ADMIN_KEY }, headers: OWN });
    expect(answer.body).toEqual({ kind: 'operator', id: 'admin', tenantId: 'default', role: 'admin', scopes: ['admin'] });
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    expect(answer.headers.getSetCookie()[0]).toMatch(/^parley=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/);
    const me = await call(gateway, 'GET', '/auth/me', { key: null, headers: { cookie: cookieOf(answer) } });
    expect(me.body).toEqual(answer.body);
  });

  it('sets a Secure cookie of this host alone where the address is https', async () => {
    const secure = await startGateway({ PUBLIC_URL: 'https://parley.example' });
    try {
      const headers = { origin: 'https://parley.example' };
      const answer = await call(onLoopback(secure), 'POST', '/auth/api-key', { key: null, body: { apiKey: ADMIN_KEY }, headers });
      const [cookie] = answer.headers.getSetCookie();
      expect(cookie).toMatch(/^__Host-parley=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure$/);
      const plain = cookieOf(answer).replace('__Host-', '');
      expect((await call(onLoopback(secure), 'GET', '/auth/me', { key: null, headers: { cookie: plain } })).status).toBe(401);
      expect((await call(onLoopback(secure), 'GET', '/auth/me', { key: null, headers: { cookie: cookieOf(answer) } })).status).toBe(200);
    } finally {
      await secure.stop();
    }
  });

  it('is refused over plain http to anything but this machine', async () => {
    const open = await startGateway({ PUBLIC_URL: 'http://parley.example' });
    try {
      const refusal = await call(onLoopback(open), 'POST', '/auth/api-key', { key: null, body: { apiKey: ADMIN_KEY } });
      expect(refusal.body).toMatchObject({ code: 'permission_denied', detail: expect.stringContaining('https') });
      expect(refusal.headers.getSetCookie()).toEqual([]);
    } finally {
      await open.stop();
    }
  });

  it('never opens more than the key: role and reach follow its scopes', async () => {
    const cases = [
      [['metrics'], 'viewer', 403],
      [['sessions:write', 'messages'], 'operator', 200],
      [['messages'], 'viewer', 200],
    ] as const;
    for (const [scopes, role, status] of cases) {
      const cookie = await signIn((await makeKey(gateway, scopes)).key);
      const headers = { cookie };
      expect((await call(gateway, 'GET', '/auth/me', { key: null, headers })).body).toMatchObject({ role, scopes });
      expect((await call(gateway, 'GET', '/api/v1/sessions', { key: null, headers })).status).toBe(status);
      expect((await call(gateway, 'GET', '/api/v1/keys', { key: null, headers })).status).toBe(403);
    }
  });

  it('ends with the key: the cookie is dead and its connections are told', async () => {
    const { key, id } = await makeKey(gateway, ['messages']);
    const cookie = await signIn(key);
    const authenticator = gateway.app.get(Authenticator);
    const outcome = await authenticator.authenticate({ kind: 'cookie', value: cookie.replace('parley=', '') });
    if (!outcome.ok) throw new Error('the cookie is good');
    const { token } = await authenticator.grantResume(outcome.value);
    const sinceAsked = awakeTime();
    const ended = new Promise<void>((resolve) => authenticator.watch(outcome.value, resolve));
    await call(gateway, 'DELETE', `/api/v1/keys/${id}`);
    await ended;
    expect(sinceAsked()).toBeLessThan(1000);
    expect((await call(gateway, 'GET', '/auth/me', { key: null, headers: { cookie } })).status).toBe(401);
    expect((await authenticator.authenticate({ kind: 'resume', token })).ok).toBe(false);
  });

  it('with a wrong key is refused, and after ten failures in a minute not even tried', async () => {
    const limited = await startGateway();
    try {
      const attempt = (apiKey: string) => call(limited, 'POST', '/auth/api-key', { key: null, body: { apiKey } });
      const answers = await Promise.all(Array.from({ length: 50 }, () => attempt('wrong')));
      expect(answers.filter((answer) => answer.status === 401)).toHaveLength(10);
      const late = answers.filter((answer) => answer.status === 429);
      expect(late).toHaveLength(40);
      expect(late[0]?.body).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) });
      expect(late[0]?.headers.get('retry-after')).toMatch(/^\d+$/);
      expect((await attempt(ADMIN_KEY)).status).toBe(429);
      expect((await call(limited, 'GET', '/auth/me')).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });
});

describe('the one-time link', () => {
  it('signs in once, as admin, and of five at once exactly one', async () => {
    const token = await freshToken();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call(gateway, 'POST', '/auth/link', { key: null, body: { token }, headers: OWN })),
    );
    const good = answers.filter((answer) => answer.status === 200);
    expect(good).toHaveLength(1);
    expect(good[0]?.body).toMatchObject({ kind: 'operator', role: 'admin', tenantId: 'default' });
  });

  it('is made by admins only, and ends the one before', async () => {
    const { key } = await makeKey(gateway, ['keys', 'control:write']);
    expect((await call(gateway, 'POST', '/auth/link/new', { key })).status).toBe(403);
    const first = await freshToken();
    const second = await freshToken();
    expect((await call(gateway, 'POST', '/auth/link', { key: null, body: { token: first } })).status).toBe(401);
    expect((await call(gateway, 'POST', '/auth/link', { key: null, body: { token: second } })).status).toBe(200);
  });

  it('is no way from another tenant into default: its admins get none, and end none', async () => {
    await call(gateway, 'POST', '/api/v1/tenants', { body: { id: 'neighbour', name: 'Neighbour' } });
    const { key } = (await call(gateway, 'POST', '/api/v1/tenants/neighbour/keys', { body: { name: 'admin', scopes: ['admin'] } })).body;
    const token = await freshToken();
    const refused = await call(gateway, 'POST', '/auth/link/new', { key });
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ code: 'permission_denied' });
    expect((await call(gateway, 'POST', '/auth/link', { key: null, body: { token } })).status).toBe(200);
  });
});

describe('the cookie', () => {
  it('changes something only for a page of ours', async () => {
    const cookie = await signIn(ADMIN_KEY);
    const body = { name: 'by cookie', scopes: ['messages'] };
    const change = (headers: Record<string, string>) => call(gateway, 'POST', '/api/v1/keys', { key: null, body, headers: { cookie, ...headers } });
    expect((await change({})).status).toBe(403);
    expect((await change({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await change({ origin: 'null' })).status).toBe(403);
    expect((await change({ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' })).status).toBe(403);
    expect((await change({ 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await change({ origin: `${gateway.url}.evil.example` })).status).toBe(403);
    expect((await change({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
    expect((await change({ origin: gateway.url })).status).toBe(201);
    expect((await call(gateway, 'GET', '/api/v1/keys', { key: null, headers: { cookie } })).status).toBe(200);
  });

  it('is not set for a foreign page', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const refusal = await call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey: ADMIN_KEY }, headers });
      expect(refusal.status).toBe(403);
      expect(refusal.headers.getSetCookie()).toEqual([]);
    }
  });

  it('is dead on the server after signing out, with its connections and resume tokens', async () => {
    const cookie = await signIn(ADMIN_KEY);
    const authenticator = gateway.app.get(Authenticator);
    const outcome = await authenticator.authenticate({ kind: 'cookie', value: cookie.replace('parley=', '') });
    if (!outcome.ok) throw new Error('the cookie is good');
    const { token } = await authenticator.grantResume(outcome.value);
    const ended = new Promise<void>((resolve) => authenticator.watch(outcome.value, resolve));
    const out = await call(gateway, 'POST', '/auth/logout', { key: null, headers: { cookie, ...OWN } });
    expect(out.status).toBe(204);
    expect(out.headers.getSetCookie()[0]).toMatch(/^parley=; Path=\/; Max-Age=0/);
    await ended;
    expect((await call(gateway, 'GET', '/auth/me', { key: null, headers: { cookie } })).status).toBe(401);
    expect((await authenticator.authenticate({ kind: 'resume', token })).ok).toBe(false);
  });

  it.each([
    ['a made-up value', 'parley=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['an empty value', 'parley='],
    ['a value of SQL', "parley=' OR 1=1 --"],
    ['a value with a NUL written out', 'parley=%00'],
    ['a huge value', `parley=${'a'.repeat(9000)}`],
    ['the name of a parent', 'xparley=1; parley'],
    ['prototype names', '__proto__=1; constructor=2; parley=toString'],
    ['the secure name on http', '__Host-parley=abc'],
    ['only separators', ';;;;===;;'],
  ])('with %s opens nothing and breaks nothing', async (_name, cookie) => {
    expect((await call(gateway, 'GET', '/auth/me', { key: null, headers: { cookie } })).status).toBe(401);
  });

  it('sent twice is refused, even when one of the two is good', async () => {
    const cookie = await signIn(ADMIN_KEY);
    for (const both of [`${cookie}; parley=other`, `parley=other; ${cookie}`]) {
      expect((await call(gateway, 'GET', '/auth/me', { key: null, headers: { cookie: both } })).status).toBe(401);
    }
  });
});
