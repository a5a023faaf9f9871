import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { signingKey } from '../sso/support/jwt.js';
import { awakeTime } from '../support/awake-time.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call } from './caller.js';
import { AUDIENCE, TokenIssuer } from './token-issuer.js';

let gateway: StartedGateway;
const issuers: TokenIssuer[] = [];
const sockets: Socket[] = [];
const trusted: string[] = [];
beforeAll(async () => {
  gateway = await startGateway({ ALLOW_LOOPBACK_EGRESS: 'true' });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect();
  for (const path of trusted.splice(0)) await call(gateway, 'DELETE', path);
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all(issuers.map((issuer) => issuer.stop()));
});

async function trust(more: object = {}, tenant = 'default'): Promise<{ issuer: TokenIssuer; id: string }> {
  const issuer = await new TokenIssuer().start();
  issuers.push(issuer);
  const made = await call(gateway, 'POST', `/api/v1/tenants/${tenant}/issuers`, { body: { issuer: issuer.url, audience: AUDIENCE, ...more } });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  trusted.push(`/api/v1/tenants/${tenant}/issuers/${made.body.id}`);
  return { issuer, id: made.body.id };
}

const bearer = (token: string) => ({ key: null, headers: { authorization: `Bearer ${token}` } });
const me = (token: string) => call(gateway, 'GET', '/auth/me', bearer(token));

function socketWith(auth: object): Socket {
  const socket = io(gateway.url, { auth, transports: ['websocket'], reconnection: false, forceNew: true });
  sockets.push(socket);
  return socket;
}

interface Connected {
  readonly principal: object;
  readonly resume: { readonly token: string; readonly expiresAt: string };
}

async function connect(auth: object): Promise<{ socket: Socket; connected: Connected }> {
  const socket = socketWith(auth);
  const connected = await new Promise<Connected>((resolve, reject) => {
    socket.once('connected', resolve);
    socket.once('connect_error', reject);
  });
  return { socket, connected };
}

describe('the tokens of a trusted issuer', () => {
  it('let its users in by REST, server-sent events, /ws and Socket.IO, as the same user that a ticket names', async () => {
    const { issuer } = await trust();
    const token = issuer.token();
    const who = { kind: 'user', id: 'ada', tenantId: 'default' };
    expect((await me(token)).body).toMatchObject({ ...who, role: null, scopes: ['messages'] });
    const sent = await call(gateway, 'POST', '/api/v1/messages', { ...bearer(token), body: { content: '/echo hello' } });
    expect(sent.status).toBe(202);
    const { sessionId } = sent.body;

    const { socket, connected } = await connect({ token });
    expect(connected.principal).toEqual(who);
    expect(await socket.timeout(60_000).emitWithAck('join-session', { sessionId, after: 0 })).toMatchObject({ ok: true });

    const stream = await fetch(`${gateway.url}/api/v1/sessions/${sessionId}/events?after=0`, { headers: { authorization: `Bearer ${token}` } });
    expect(stream.status).toBe(200);
    await stream.body?.cancel();

    const plain = new WebSocket(`${gateway.url.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${token}` } });
    const first = await new Promise<string>((resolve, reject) => plain.once('message', (data) => resolve(String(data))).once('error', reject));
    expect(JSON.parse(first)).toMatchObject({ type: 'connected', principal: who });
    plain.terminate();

    const { body } = await call(gateway, 'POST', '/api/v1/tickets', { body: { userId: 'ada' } });
    const byTicket = await connect({ ticket: body.ticket });
    expect(await byTicket.socket.timeout(60_000).emitWithAck('join-session', { sessionId })).toMatchObject({ ok: true });
  });

  it('open nothing but what a user may', async () => {
    const { issuer } = await trust();
    const token = issuer.token({ scope: 'admin', scopes: ['admin'], role: 'admin', tenantId: 'default' });
    for (const path of ['/api/v1/keys', '/api/v1/audit', '/metrics', '/api/v1/control-plane/summary', '/api/v1/tenants']) {
      expect((await call(gateway, 'GET', path, bearer(token))).status, path).toBe(403);
    }
    const foreign = (await call(gateway, 'POST', '/api/v1/sessions', { body: {} })).body.id;
    expect((await call(gateway, 'GET', `/api/v1/sessions/${foreign}`, bearer(token))).status).toBe(404);
  });

  it('are of one form only in one place: with another key beside it the call is not clear, in X-API-Key it is no key', async () => {
    const { issuer } = await trust();
    const token = issuer.token();
    const both = await call(gateway, 'GET', '/auth/me', { key: ADMIN_KEY, headers: { authorization: `Bearer ${token}` } });
    expect(both.body.code).toBe('validation_failed');
    expect((await call(gateway, 'GET', '/auth/me', { key: token })).status).toBe(401);
    const refused = socketWith({ token, apiKey: ADMIN_KEY });
    const refusal = await new Promise<{ data?: { code: string } }>((resolve) => refused.once('connect_error', resolve));
    expect(refusal.data?.code).toBe('validation_failed');
  });

  it('name the user by the claim and prefix of the registration', async () => {
    const { issuer } = await trust({ userIdClaim: 'email', userIdPrefix: 'acme:' });
    expect((await me(issuer.token({ email: 'ada@acme.example' }))).body).toMatchObject({ id: 'acme:ada@acme.example' });
    expect((await me(issuer.token())).status).toBe(401);
    expect((await me(issuer.token({ email: 'a'.repeat(124) }))).status).toBe(401);
  });

  it('are narrowed by the claim for sessions to those of the user, never widened', async () => {
    const { issuer } = await trust({ sessionsClaim: 'parley_sessions' });
    const own = async (token: string) => (await call(gateway, 'POST', '/api/v1/sessions', { ...bearer(token), body: {} })).body.id;
    const whole = issuer.token();
    const [one, other] = [await own(whole), await own(whole)];
    const foreign = (await call(gateway, 'POST', '/api/v1/sessions', { body: {} })).body.id;
    const narrowed = issuer.token({ parley_sessions: [one, foreign, one, 'nonsense'] });
    const status = async (id: string, token: string) => (await call(gateway, 'GET', `/api/v1/sessions/${id}`, bearer(token))).status;
    expect(await status(one, narrowed)).toBe(200);
    expect(await status(other, narrowed)).toBe(404);
    expect(await status(foreign, narrowed)).toBe(404);
    expect(await status(other, whole)).toBe(200);
    expect(await status(one, issuer.token({ parley_sessions: [] }))).toBe(404);
    for (const wrong of [one, 7, [7], Array<string>(33).fill(one)]) expect((await me(issuer.token({ parley_sessions: wrong }))).status).toBe(401);
  });

  it('end a socket when their time is over, with 4502 on /ws, and its resume token with it', async () => {
    const { issuer } = await trust();
    const [begun, sinceBegun] = [Date.now(), awakeTime()];
    const exp = Math.floor(begun / 1000) + 5;
    const { socket, connected } = await connect({ token: issuer.token({ exp }) });
    expect(Date.parse(connected.resume.expiresAt)).toBe(exp * 1000);
    const plain = new WebSocket(`${gateway.url.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${issuer.token({ exp })}` } });
    const closed = new Promise<number>((resolve) => plain.once('close', resolve));
    const { error } = await new Promise<{ error: { code: string } }>((resolve) => socket.once('connection-closing', resolve));
    expect(error.code).toBe('unauthenticated');
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
    expect(sinceBegun()).toBeLessThan(exp * 1000 - begun + 1000);
    expect(await closed).toBe(4502);
    const back = socketWith({ resume: connected.resume.token });
    const refusal = await new Promise<{ data?: { code: string } }>((resolve) => back.once('connect_error', resolve));
    expect(refusal.data?.code).toBe('unauthenticated');
  });

  it('bring a user back by the resume token while they last', async () => {
    const { issuer } = await trust();
    const { connected } = await connect({ token: issuer.token() });
    const back = await connect({ resume: connected.resume.token });
    expect(back.connected.principal).toMatchObject({ kind: 'user', id: 'ada' });
  });

  it('count no more once the issuer is removed, and its sockets end within a second', async () => {
    const { issuer, id } = await trust();
    const { socket, connected } = await connect({ token: issuer.token() });
    const ended = new Promise<void>((resolve) => socket.once('connection-closing', () => resolve()));
    const sinceAsked = awakeTime();
    expect((await call(gateway, 'DELETE', `/api/v1/tenants/default/issuers/${id}`)).status).toBe(204);
    await ended;
    expect(sinceAsked()).toBeLessThan(1000);
    expect((await me(issuer.token())).status).toBe(401);
    const back = socketWith({ resume: connected.resume.token });
    const refusal = await new Promise<{ data?: { code: string } }>((resolve) => back.once('connect_error', resolve));
    expect(refusal.data?.code).toBe('unauthenticated');
    expect((await call(gateway, 'GET', `/api/v1/tenants/default/issuers/${id}`)).status).toBe(404);
  });
});

describe('a token that was found good', () => {
  it('is checked again after a minute, and never counts beyond its end or its issuer', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { issuer, id } = await trust();
      const [now, brief, long] = [Math.floor(Date.now() / 1000), issuer.token({ exp: Math.floor(Date.now() / 1000) + 20 }), issuer.token()];
      for (const token of [brief, long]) expect((await me(token)).status).toBe(200);
      vi.setSystemTime((now + 19) * 1000);
      expect((await me(brief)).status).toBe(200);
      vi.setSystemTime((now + 20) * 1000);
      expect((await me(brief)).status).toBe(401);
      expect((await me(long)).status).toBe(200);
      await call(gateway, 'DELETE', `/api/v1/tenants/default/issuers/${id}`);
      expect((await me(long)).status).toBe(401);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the keys of an issuer', () => {
  it('are fetched once, and again when a token names one that is not known, then not before the cooldown', async () => {
    const { issuer } = await trust();
    expect(issuer.asked.jwks).toBe(0);
    await Promise.all(Array.from({ length: 20 }, () => me(issuer.token())));
    expect(issuer.asked).toEqual({ discovery: 1, jwks: 1, stray: 0 });
    const next = signingKey('next');
    issuer.keys.push(next);
    for (let n = 0; n < 10; n += 1) expect((await me(issuer.token({}, {}, next))).status).toBe(401);
    expect(issuer.asked.jwks).toBe(1);
    expect((await me(issuer.token())).status).toBe(200);
  });

  it('come from the address of the registration when it names one', async () => {
    const other = await new TokenIssuer().start();
    issuers.push(other);
    const { issuer } = await trust({ issuer: 'https://login.acme.example', jwksUrl: `${other.url}/jwks` });
    expect((await me(other.token({ iss: 'https://login.acme.example' }))).status).toBe(200);
    expect(other.asked).toEqual({ discovery: 0, jwks: 1, stray: 0 });
    expect(issuer.asked.jwks).toBe(0);
  });

  it('are not asked for again and again while they cannot be had', async () => {
    const { issuer } = await trust();
    issuer.status = 500;
    for (let n = 0; n < 10; n += 1) expect((await me(issuer.token())).status).toBe(401);
    expect(issuer.asked).toEqual({ discovery: 1, jwks: 0, stray: 0 });
  });

  it.each<[string, (issuer: TokenIssuer) => void]>([
    ['redirects', (issuer) => void (issuer.status = 302)],
    ['discovery of another issuer', (issuer) => void (issuer.discovery = { issuer: 'https://else.example' })],
    ['keys at a private address', (issuer) => void (issuer.discovery = { jwks_uri: 'https://10.0.0.1/jwks' })],
    ['keys at the address of a cloud\'s metadata', (issuer) => void (issuer.discovery = { jwks_uri: 'http://169.254.169.254/latest' })],
    ['keys that are no address', (issuer) => void (issuer.discovery = { jwks_uri: 'file:///etc/passwd' })],
    ['no keys', (issuer) => void (issuer.jwks = { keys: [] })],
    ['something else than keys', (issuer) => void (issuer.jwks = ['nonsense'])],
    ['more than anybody sends', (issuer) => void (issuer.jwks = { keys: [issuer.key.publicJwk], padding: 'x'.repeat(70_000) })],
    ['a secret in place of a public key', (issuer) => void (issuer.jwks = { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: issuer.key.publicJwk.kid }] })],
    ['a key for encryption', (issuer) => void (issuer.jwks = { keys: [{ ...issuer.key.publicJwk, use: 'enc' }] })],
  ])('open nothing when they are answered with %s', async (_what, spoil) => {
    const { issuer } = await trust();
    spoil(issuer);
    expect((await me(issuer.token())).status).toBe(401);
    expect(issuer.asked.stray).toBe(0);
  });
});

describe('a user by a token', () => {
  it('is one of the tenant that trusts the issuer, and comes in no more once that tenant ends', async () => {
    await call(gateway, 'POST', '/api/v1/tenants', { body: { id: 'brief', name: 'Brief' } });
    const { issuer } = await trust({}, 'brief');
    expect((await me(issuer.token())).body).toMatchObject({ id: 'ada', tenantId: 'brief' });
    expect((await call(gateway, 'DELETE', '/api/v1/tenants/brief')).status).toBe(204);
    expect((await me(issuer.token())).status).toBe(401);
  });

  it('is let in by no token that is for the audiences of two tenants', async () => {
    await call(gateway, 'POST', '/api/v1/tenants', { body: { id: 'two', name: 'Two' } });
    const { issuer } = await trust();
    expect((await call(gateway, 'POST', '/api/v1/tenants/two/issuers', { body: { issuer: issuer.url, audience: 'of-two' } })).status).toBe(201);
    expect((await me(issuer.token({ aud: ['of-two'] }))).body).toMatchObject({ tenantId: 'two' });
    expect((await me(issuer.token({ aud: [AUDIENCE, 'other'] }))).body).toMatchObject({ tenantId: 'default' });
    expect((await me(issuer.token({ aud: [AUDIENCE, 'of-two'] }))).status).toBe(401);
  });
});
