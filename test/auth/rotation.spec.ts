import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Authenticator } from '../../src/auth/authenticator.js';
import { awakeTime } from '../support/awake-time.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, cookieOf, makeKey } from './caller.js';

let gateway: StartedGateway;
const sockets: Socket[] = [];
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  for (const socket of sockets) socket.disconnect();
  await gateway.stop();
});

interface Ended {
  readonly at: number;
  readonly code: string;
}

async function open(auth: object): Promise<{ readonly socket: Socket; readonly resume: string; readonly ended: Promise<Ended> }> {
  const socket = io(gateway.url, { auth, transports: ['websocket'], reconnection: false, forceNew: true });
  sockets.push(socket);
  const ended = new Promise<Ended>((resolve) => {
    socket.once('connection-closing', ({ error }: { error: { code: string } }) => resolve({ at: Date.now(), code: error.code }));
  });
  const { resume } = await new Promise<{ resume: { token: string } }>((resolve, reject) => {
    socket.once('connected', resolve);
    socket.once('connect_error', reject);
  });
  return { socket, resume: resume.token, ended };
}

async function rotate(id: string, overlapSeconds: number): Promise<string> {
  const rotated = await call(gateway, 'POST', `/api/v1/keys/${id}/rotate`, { body: { overlapSeconds } });
  expect(rotated.status).toBe(200);
  return rotated.body.key;
}

/** The close code of a `/ws` connection with this key, and when it came. */
function closeOf(key: string): { readonly opened: Promise<unknown>; readonly closed: Promise<number> } {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/ws`, { headers: { 'x-api-key': key } });
  return {
    opened: new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject)),
    closed: new Promise((resolve) => socket.once('close', resolve)),
  };
}

describe('the rotation of a key', () => {
  it('ends sockets of the old secret at once when there is no overlap, and those of the new one stay', async () => {
    const { id, key } = await makeKey(gateway, ['messages']);
    const old = await open({ apiKey: key });
    const plain = closeOf(key);
    await plain.opened;
    const sinceAsked = awakeTime();
    const renewed = await rotate(id, 0);
    const { code } = await old.ended;
    expect(sinceAsked()).toBeLessThan(1000);
    expect(code).toBe('unauthenticated');
    expect(await plain.closed).toBe(4502);
    const fresh = await open({ apiKey: renewed });
    await rotate(id, 60);
    await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: { name: 'renamed' } });
    expect(fresh.socket.connected).toBe(true);
  });

  it('ends sockets of the old secret when the overlap ends, and not before', async () => {
    const { id, key } = await makeKey(gateway, ['messages']);
    const old = await open({ apiKey: key });
    const [begun, sinceBegun] = [Date.now(), awakeTime()];
    await rotate(id, 1);
    const { at } = await old.ended;
    expect(at).toBeGreaterThanOrEqual(begun + 1000 - 5);
    expect(sinceBegun()).toBeLessThan(2000);
  });

  it('ends what the old secret gave: tickets, resume tokens, sign-ins, and the sockets of its users', async () => {
    const { id, key } = await makeKey(gateway, ['messages', 'tickets']);
    const ticket = async () => (await call(gateway, 'POST', '/api/v1/tickets', { key, body: { userId: 'ada' } })).body.ticket;
    const unused = await ticket();
    const user = await open({ ticket: await ticket() });
    const { resume } = await open({ apiKey: key });
    const signedIn = await call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey: key } });
    const cookie = cookieOf(signedIn);
    expect((await call(gateway, 'GET', '/auth/me', { key: null, headers: { cookie } })).status).toBe(200);
    await rotate(id, 0);
    await user.ended;
    expect((await call(gateway, 'GET', '/auth/me', { key: null, headers: { cookie } })).status).toBe(401);
    const authenticator = gateway.app.get(Authenticator);
    expect((await authenticator.authenticate({ kind: 'ticket', ticket: unused })).ok).toBe(false);
    expect((await authenticator.authenticate({ kind: 'resume', token: resume })).ok).toBe(false);
  });

  it('keeps the resume chain of an old secret alive in the overlap, and no longer', async () => {
    const { id, key } = await makeKey(gateway, ['messages']);
    const first = await open({ apiKey: key });
    await rotate(id, 5);
    const second = await open({ resume: first.resume });
    await second.ended;
    const after = io(gateway.url, { auth: { resume: second.resume }, transports: ['websocket'], reconnection: false, forceNew: true });
    sockets.push(after);
    const refusal = await new Promise<{ data?: { code: string } }>((resolve) => after.once('connect_error', resolve));
    expect(refusal.data?.code).toBe('unauthenticated');
  });

  it('leaves nothing of a secret that was ended without overlap, and both new ones, also where somebody else rotates at once', async () => {
    const { id, key } = await makeKey(gateway, ['messages']);
    const statusOf = async (shown: string) => (await call(gateway, 'GET', '/auth/me', { key: shown })).status;
    const [one, other] = await Promise.all([rotate(id, 60), rotate(id, 60)]);
    expect([await statusOf(one), await statusOf(other), await statusOf(key)]).toEqual([200, 200, 200]);
    await Promise.all([rotate(id, 0), rotate(id, 60)]);
    for (const ended of [one, other, key]) expect(await statusOf(ended)).toBe(401);
  });

  it('takes away the sign-ins of every secret when the key loses a scope', async () => {
    const { id, key } = await makeKey(gateway, ['messages', 'metrics']);
    const renewed = await rotate(id, 60);
    const cookies = await Promise.all(
      [key, renewed].map(async (apiKey) => cookieOf(await call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey } }))),
    );
    await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: { scopes: ['messages'] } });
    for (const cookie of cookies) expect((await call(gateway, 'GET', '/auth/me', { key: null, headers: { cookie } })).status).toBe(401);
  });
});
