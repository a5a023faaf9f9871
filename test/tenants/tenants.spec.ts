import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS, NO_TENANT_LIMITS } from '#libs/contracts';
import { ControlEvents, Outbox, Registrations, Sessions, UsageLedger } from '#libs/ports';
import { KnownRoutes } from '../../src/channels/http/known-routes.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, makeKey } from '../auth/caller.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

async function tenantWithAdmin(id: string): Promise<string> {
  const made = await call(gateway, 'POST', '/api/v1/tenants', { body: { id, name: `Tenant ${id}` } });
  expect(made.status).toBe(201);
  const key = await call(gateway, 'POST', `/api/v1/tenants/${id}/keys`, { body: { name: 'admin', scopes: ['admin'] } });
  expect(key.status).toBe(201);
  return key.body.key;
}

const NOTHING = { items: [], nextCursor: null };

const send = (key: string, body: object) => call(gateway, 'POST', '/api/v1/messages', { key, body, headers: { prefer: 'wait=30' } });

interface Sent {
  readonly sessionId: string;
  readonly messageId: string;
  readonly turnId: string;
}

async function sent(key: string): Promise<Sent> {
  const response = await fetch(`${gateway.url}/api/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json', prefer: 'wait=30' },
    body: JSON.stringify({ content: '/echo secret of this tenant' }),
  });
  const body: Sent = await response.json();
  return body;
}

describe('tenants', () => {
  it('are made, read, changed and listed by the admins of default', async () => {
    const limits = { tokensPerDay: 5 };
    const made = await call(gateway, 'POST', '/api/v1/tenants', { body: { id: 'acme', name: 'Acme', limits } });
    expect(made.status).toBe(201);
    const whole = { ...NO_TENANT_LIMITS, tokensPerDay: 5 };
    expect(made.body).toEqual({ id: 'acme', name: 'Acme', limits: whole, createdAt: expect.any(String) });
    expect((await call(gateway, 'POST', '/api/v1/tenants', { body: { id: 'acme', name: 'Again' } })).status).toBe(409);
    const changed = await call(gateway, 'PATCH', '/api/v1/tenants/acme', { body: { name: 'Acme 2', limits: { sessionTokensPerDay: 7 } } });
    expect(changed.body).toMatchObject({ name: 'Acme 2', limits: { ...whole, sessionTokensPerDay: 7 } });
    expect((await call(gateway, 'GET', '/api/v1/tenants/acme')).body).toEqual(changed.body);
    expect((await call(gateway, 'GET', '/api/v1/tenants')).body.items.map((tenant) => tenant.id)).toEqual(['acme', 'default']);
    for (const id of ['', 'UPPER', '-x', 'x/y', 'a'.repeat(64)]) {
      expect((await call(gateway, 'POST', '/api/v1/tenants', { body: { id, name: 'x' } })).status, id).toBe(400);
    }
    expect((await call(gateway, 'GET', '/api/v1/tenants/nobody')).status).toBe(404);
    const { key } = await makeKey(gateway, ['keys', 'control:write']);
    expect((await call(gateway, 'GET', '/api/v1/tenants', { key })).status).toBe(403);
  });

  it('have admins of their own, who see their own tenant and can make no other', async () => {
    const key = await tenantWithAdmin('own');
    expect((await call(gateway, 'GET', '/api/v1/tenants', { key })).body.items.map((tenant) => tenant.id)).toEqual(['own']);
    expect((await call(gateway, 'GET', '/api/v1/tenants/own', { key })).status).toBe(200);
    expect((await call(gateway, 'GET', '/api/v1/tenants/default', { key })).status).toBe(404);
    expect((await call(gateway, 'POST', '/api/v1/tenants', { key, body: { id: 'more', name: 'x' } })).status).toBe(403);
    expect((await call(gateway, 'PATCH', '/api/v1/tenants/own', { key, body: { limits: { tokensPerDay: 1 } } })).status).toBe(403);
    expect((await call(gateway, 'DELETE', '/api/v1/tenants/own', { key })).status).toBe(403);
    expect((await call(gateway, 'POST', '/api/v1/audit/verify', { key, body: {} })).status).toBe(403);
  });

  it('limit the tokens of all their principals together', async () => {
    const admin = await tenantWithAdmin('thrifty');
    await call(gateway, 'PATCH', '/api/v1/tenants/thrifty', { body: { limits: { tokensPerDay: 60 } } });
    const keys = await Promise.all(
      ['one', 'two'].map(async (name) => (await call(gateway, 'POST', '/api/v1/keys', { key: admin, body: { name, scopes: ['messages'] } })).body.key),
    );
    const [one = '', two = ''] = keys;
    expect((await send(one, { content: `/echo ${'a'.repeat(100)}` })).status).toBe(200);
    const refusal = await send(two, { content: `/echo ${'b'.repeat(100)}` });
    expect(refusal.body.code).toBe('budget_exhausted');
    await call(gateway, 'PATCH', '/api/v1/tenants/thrifty', { body: { limits: { tokensPerDay: 1000 } } });
    expect((await send(two, { content: `/echo ${'b'.repeat(100)}` })).status).toBe(200);
  });

  it('go with their keys and sessions, and default stays', async () => {
    const key = await tenantWithAdmin('leaving');
    const { sessionId } = await sent(key);
    expect((await call(gateway, 'DELETE', '/api/v1/tenants/leaving')).status).toBe(204);
    expect((await call(gateway, 'GET', '/auth/me', { key })).status).toBe(401);
    expect((await call(gateway, 'GET', '/api/v1/tenants/leaving')).status).toBe(404);
    expect((await call(gateway, 'GET', `/api/v1/sessions/${sessionId}`)).status).toBe(404);
    expect(await gateway.app.get(Sessions).find(sessionId, { tenantId: 'leaving' })).toBeNull();
    expect((await call(gateway, 'DELETE', '/api/v1/tenants/default')).status).toBe(409);
  });

  it('of channels see their own connections and no counter that others move; default sees all', async () => {
    const key = await tenantWithAdmin('counted');
    const sockets = [ADMIN_KEY, ADMIN_KEY, key].map((apiKey) => io(gateway.url, { transports: ['websocket'], auth: { apiKey }, forceNew: true }));
    try {
      await Promise.all(sockets.map((socket) => new Promise((resolve, reject) => socket.once('connected', resolve).once('connect_error', reject))));
      await sent(ADMIN_KEY);
      const view = { name: 'socketio', state: 'running', delivery: 'at-least-once', startedAt: expect.any(String) };
      expect((await call(gateway, 'GET', '/api/v1/channels/socketio', { key })).body).toEqual({ ...view, connections: 1 });
      const { items } = (await call(gateway, 'GET', '/api/v1/channels', { key })).body;
      expect(items).toContainEqual({ ...view, connections: 1 });
      expect(items.flatMap((item: object) => Object.keys(item))).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(messagesIn|eventsOut)$/)]));
      const counted = { messagesIn: expect.any(Number), eventsOut: expect.any(Number) };
      const all = async () => (await call(gateway, 'GET', '/api/v1/channels/socketio')).body;
      await expect.poll(all, { timeout: 15_000 }).toEqual({ ...view, connections: 3, ...counted });
    } finally {
      for (const socket of sockets) socket.disconnect();
    }
  });
});

describe('a tenant that left', () => {
  it('leaves no agents, deployments, deliveries, events or usage, and its id is never given again', async () => {
    const key = await tenantWithAdmin('once');
    const as = (method: string, path: string, body?: object) => call(gateway, method, `/api/v1${path}`, { key, ...(body === undefined ? {} : { body }) });
    expect((await as('POST', '/control-plane/agents', { name: 'adviser', model: 'local/concierge', instructions: 'of the first' })).status).toBe(201);
    expect((await as('POST', '/control-plane/deployments', { agent: 'adviser' })).status).toBe(201);
    const { body: posted } = await as('POST', '/channels/callback/send', { to: 'https://receiver.example/hook', content: 'of the first' });
    expect((await as('GET', `/deliveries/${posted.deliveryId}`)).status).toBe(200);
    await sent(key);
    expect((await call(gateway, 'DELETE', '/api/v1/tenants/once')).status).toBe(204);

    const port = <Port>(token: abstract new () => Port): Port => gateway.app.get(token, { strict: false });
    for (const kind of ['agent', 'deployment'] as const) expect(await port(Registrations).list(kind, 'once', { limit: 10 })).toEqual(NOTHING);
    expect(await port(Outbox).find(posted.deliveryId, 'once')).toBeNull();
    expect(await port(ControlEvents).list('once', { limit: 10 })).toEqual(NOTHING);
    const today = Math.floor(Date.now() / 86_400_000);
    expect(await port(UsageLedger).days({ tenantId: 'once', fromDay: today - 1, toDay: today + 1, limit: 10 })).toEqual([]);
    expect(await port(UsageLedger).sums({ tenantId: 'once', fromDay: today - 1, toDay: today + 1, limit: 10 })).toEqual([]);

    const again = await call(gateway, 'POST', '/api/v1/tenants', { body: { id: 'once', name: 'Again' } });
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await call(gateway, 'POST', '/api/v1/tenants/once/keys', { body: { name: 'k', scopes: ['admin'] } })).status).toBe(404);
    expect((await call(gateway, 'GET', '/api/v1/tenants')).body.items.map((tenant) => tenant.id)).not.toContain('once');
    const { body: audit } = await call(gateway, 'GET', '/api/v1/audit?action=tenant.create&limit=3');
    expect(audit.items).toMatchObject([
      { target: { kind: 'tenant', id: 'once' }, outcome: 'failed' },
      { target: { kind: 'tenant', id: 'once' }, outcome: 'done' },
      { target: { kind: 'tenant', id: 'once' }, outcome: 'done' },
    ]);
  });
});

describe('what a user left', () => {
  async function asUser(userId: string): Promise<string> {
    const { body } = await call(gateway, 'POST', '/api/v1/tickets', { body: { userId } });
    const socket = io(gateway.url, { auth: { ticket: body.ticket }, transports: ['websocket'], reconnection: false });
    try {
      const ack: { sessionId: string } = await socket.timeout(60_000).emitWithAck('send-message', { content: `/echo words of ${userId}` });
      return ack.sessionId;
    } finally {
      socket.disconnect();
    }
  }

  it('is exported whole and erased whole, of nobody else', async () => {
    const [ada, eve] = [await asUser('ada'), await asUser('eve')];
    const exported = async (user: string) => {
      const response = await fetch(`${gateway.url}/api/v1/tenants/default/users/${user}/export`, {
        headers: { 'x-api-key': gateway.config.settings.ADMIN_API_KEY ?? '' },
      });
      return await response.text();
    };
    await expect.poll(() => exported('ada')).toContain('turn-completed');
    const text = await exported('ada');
    expect(text).toContain(ada);
    expect(text).toContain('words of ada');
    expect(text).not.toContain('words of eve');
    const erased = await call(gateway, 'DELETE', '/api/v1/tenants/default/users/ada');
    expect(erased.body).toEqual({ sessions: 1 });
    expect(await exported('ada')).toBe('');
    expect((await call(gateway, 'GET', `/api/v1/sessions/${ada}`)).status).toBe(404);
    expect((await call(gateway, 'GET', `/api/v1/sessions/${eve}`)).status).toBe(200);
  });

  it('is reached whatever the name: the longest, in letters of three bytes, and with slashes', async () => {
    for (const user of ['u'.repeat(128), '\u6f22'.repeat(128), 'team/ada?#%']) {
      await asUser(user);
      const path = `/api/v1/tenants/default/users/${encodeURIComponent(user)}`;
      const exported = await fetch(`${gateway.url}${path}/export`, { headers: { 'x-api-key': gateway.config.settings.ADMIN_API_KEY ?? '' } });
      expect(await exported.text()).toContain('"type":"session"');
      expect(await call(gateway, 'DELETE', path)).toMatchObject({ status: 200, body: { sessions: 1 } });
    }
  });
});

/** Routes that name what belongs to the gateway, not to a tenant. */
const GATEWAY_WIDE = /^\/(api\/v1\/(channels|skills|control-plane\/channels)\/|assets|auth\/|docs|console|playground|health)/;
const BODIES: Readonly<Record<string, object>> = {
  'PUT /api/v1/sessions/:id/callback': { url: 'https://example.com/replies' },
  'POST /api/v1/control-plane/deployments/:id/scale': { replicas: 1 },
  'POST /api/v1/tenants/:id/issuers': { issuer: 'https://login.example.com', audience: 'parley' },
  'POST /api/v1/tenants/:id/members': { address: 'ada@example.com', role: 'viewer' },
  'PATCH /api/v1/tenants/:id/members/:memberId': { role: 'viewer' },
  'POST /api/v1/tenants/:id/keys': { name: 'k', scopes: ['messages'] },
};

describe('another tenant', () => {
  it('finds nothing of this one on any route that names a thing', async () => {
    const stranger = await tenantWithAdmin('stranger');
    const owner = await tenantWithAdmin('owner');
    const { sessionId, messageId } = await sent(owner);
    const key = await call(gateway, 'POST', '/api/v1/keys', { key: owner, body: { name: 'k', scopes: ['messages'] } });
    const agent = await call(gateway, 'POST', '/api/v1/control-plane/agents', { key: owner, body: { name: 'helper', model: 'local/concierge' } });
    const deployment = await call(gateway, 'POST', '/api/v1/control-plane/deployments', { key: owner, body: { agent: 'helper' } });
    expect([agent.status, deployment.status]).toEqual([201, 201]);
    const ids: readonly (readonly [RegExp, string])[] = [
      [/\/sessions\//, sessionId],
      [/\/messages\//, messageId],
      [/\/keys\//, key.body.id],
      [/\/tenants\//, 'owner'],
      [/\/(agents|control-plane\/health)\//, agent.body.id],
      [/\/deployments\//, deployment.body.id],
    ];
    const walked: string[] = [];
    const wrong: string[] = [];
    for (const { method, pattern } of gateway.app.get(KnownRoutes).list()) {
      if (!pattern.includes('/:') || method === 'HEAD' || method === 'OPTIONS' || GATEWAY_WIDE.test(pattern)) continue;
      const id = ids.find(([resource]) => resource.test(pattern))?.[1] ?? sessionId;
      const path = pattern.replace(/:[^/]+/, id).replace(/:[^/]+/g, 'ada');
      const reading = method === 'GET';
      const body = BODIES[`${method} ${pattern}`] ?? {};
      const answer = await call(gateway, method, path, { key: stranger, ...(reading ? {} : { body }) });
      walked.push(`${method} ${pattern}`);
      if (answer.status !== 404) wrong.push(`${method} ${pattern}: ${answer.status} ${answer.body?.code}`);
    }
    expect(wrong).toEqual([]);
    expect(walked).toEqual(expect.arrayContaining(['GET /api/v1/sessions/:id', 'DELETE /api/v1/keys/:id', 'GET /api/v1/tenants/:id/users/:userId/export']));
    expect((await call(gateway, 'GET', `/api/v1/sessions/${sessionId}`, { key: owner })).status).toBe(200);
    expect((await call(gateway, 'GET', `/api/v1/keys/${key.body.id}`, { key: owner })).status).toBe(200);
  });

  it('finds nothing of this one by any command of a socket', async () => {
    const stranger = await tenantWithAdmin('stranger-2');
    const owner = await tenantWithAdmin('owner-2');
    const { sessionId, turnId } = await sent(owner);
    const wishes: Readonly<Record<string, object>> = {
      'send-message': { sessionId, content: 'hello' },
      'cancel-turn': { turnId },
      'join-session': { sessionId, after: 0 },
      'leave-session': { sessionId },
      'resolve-approval': { approvalId: turnId, decision: 'approve' },
    };
    const socket = io(gateway.url, { auth: { apiKey: stranger }, transports: ['websocket'], reconnection: false });
    try {
      for (const name of Object.keys(COMMANDS)) {
        if (['watch-gateway', 'unwatch-gateway'].includes(name)) continue;
        const wish = wishes[name];
        expect(wish, `${name} is walked`).toBeDefined();
        const ack: { ok: boolean; error?: { code: string } } = await socket.timeout(60_000).emitWithAck(name, wish);
        expect(ack, name).toMatchObject({ ok: false, error: { code: 'not_found' } });
      }
    } finally {
      socket.disconnect();
    }
  });

  it('sees nothing of this one in lists, usage and audit', async () => {
    const stranger = await tenantWithAdmin('stranger-3');
    await sent(await tenantWithAdmin('owner-3'));
    for (const path of ['/api/v1/sessions', '/api/v1/keys', '/api/v1/audit', '/api/v1/usage?period=month']) {
      const { status, body } = await call(gateway, 'GET', path, { key: stranger });
      expect(status, path).toBe(200);
      expect(JSON.stringify(body), path).not.toContain('owner-3');
    }
    expect((await call(gateway, 'GET', '/api/v1/sessions', { key: stranger })).body.items).toEqual([]);
  });

  it('is not told the figures of all tenants, in which agents have names', async () => {
    const stranger = await tenantWithAdmin('stranger-4');
    expect(await call(gateway, 'GET', '/metrics', { key: stranger })).toMatchObject({ status: 403, body: { code: 'permission_denied' } });
  });
});
