import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const PATH = '/api/v1/operator-sessions';
const VIEWER = ['messages', 'sessions:read', 'control:read', 'metrics'];

interface Shown {
  readonly id: string;
  readonly operatorId: string;
  readonly current: boolean;
}

async function signIn(apiKey: string): Promise<string> {
  const answer = await call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey } });
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}

const as = (cookie: string) => ({ key: null, headers: { cookie, origin: gateway.url } });
const isIn = async (cookie: string) => (await call(gateway, 'GET', '/auth/me', as(cookie))).status === 200;
async function shown(cookie: string, query = ''): Promise<readonly Shown[]> {
  const items: Shown[] = JSON.parse(JSON.stringify((await call(gateway, 'GET', PATH + query, as(cookie))).body.items));
  return items;
}

async function socketOf(cookie: string): Promise<{ readonly ended: Promise<void>; readonly socket: Socket }> {
  const socket = io(gateway.url, { extraHeaders: { cookie, origin: gateway.url }, transports: ['websocket'], reconnection: false, forceNew: true });
  sockets.push(socket);
  const ended = new Promise<void>((resolve) => socket.once('connection-closing', () => resolve()));
  await new Promise((resolve, reject) => socket.once('connected', resolve).once('connect_error', reject));
  return { socket, ended };
}

describe('signed-in operators', () => {
  it('see their own sessions and nobody else\'s, admins those of the whole tenant', async () => {
    const [ada, eve, admin] = [await makeKey(gateway, VIEWER), await makeKey(gateway, VIEWER), await makeKey(gateway, ['admin'])];
    const [first, second, others, boss] = [await signIn(ada.key), await signIn(ada.key), await signIn(eve.key), await signIn(admin.key)];
    const own = await shown(first);
    expect(own.map(({ operatorId }) => operatorId)).toEqual([ada.id, ada.id]);
    expect(own.filter(({ current }) => current)).toHaveLength(1);
    expect((await shown(second)).find(({ current }) => current)?.id).not.toBe(own.find(({ current }) => current)?.id);
    expect(await shown(first, `?operatorId=${eve.id}`)).toEqual([]);
    expect((await shown(boss)).map(({ operatorId }) => operatorId)).toEqual(expect.arrayContaining([ada.id, eve.id, admin.id]));
    expect((await shown(boss, `?operatorId=${eve.id}`)).map(({ operatorId }) => operatorId)).toEqual([eve.id]);
    expect(await shown(boss, '?limit=1')).toHaveLength(1);
    expect((await call(gateway, 'GET', `${PATH}?cursor=nonsense`, as(boss))).status).toBe(400);
    expect(await isIn(others)).toBe(true);
  });

  it('show no secret of a session', async () => {
    const { key } = await makeKey(gateway, VIEWER);
    const cookie = await signIn(key);
    const text = JSON.stringify(await shown(cookie));
    expect(text).not.toContain(cookie.split('=')[1]);
    expect(text).not.toContain(key);
  });

  it('end one of their own, which then opens nothing and loses its sockets within a second; another\'s is not found', async () => {
    const [ada, eve] = [await makeKey(gateway, VIEWER), await makeKey(gateway, VIEWER)];
    const [here, there, others] = [await signIn(ada.key), await signIn(ada.key), await signIn(eve.key)];
    const { ended } = await socketOf(there);
    const kept = await socketOf(here);
    const id = (await shown(here)).find(({ current }) => !current)?.id ?? '';
    expect((await call(gateway, 'DELETE', `${PATH}/${id}`, as(others))).status).toBe(404);
    const sinceAsked = awakeTime();
    expect((await call(gateway, 'DELETE', `${PATH}/${id}`, as(here))).status).toBe(204);
    await ended;
    expect(sinceAsked()).toBeLessThan(1000);
    expect([await isIn(here), await isIn(there)]).toEqual([true, false]);
    expect(kept.socket.connected).toBe(true);
    expect((await call(gateway, 'DELETE', `${PATH}/${id}`, as(here))).status).toBe(404);
    const log = await call(gateway, 'GET', '/api/v1/audit?action=operator-session.end');
    expect(log.body.items).toHaveLength(1);
  });

  it('are signed out everywhere at once, of one tenant and one operator only', async () => {
    const [ada, eve] = [await makeKey(gateway, VIEWER), await makeKey(gateway, VIEWER)];
    const cookies = [await signIn(ada.key), await signIn(ada.key), await signIn(ada.key)];
    const others = await signIn(eve.key);
    const { ended } = await socketOf(cookies[1] ?? '');
    const sinceAsked = awakeTime();
    expect((await call(gateway, 'POST', '/auth/logout/everywhere', as(cookies[0] ?? ''))).status).toBe(204);
    await ended;
    expect(sinceAsked()).toBeLessThan(1000);
    for (const cookie of cookies) expect(await isIn(cookie)).toBe(false);
    expect(await isIn(others)).toBe(true);
    expect((await call(gateway, 'GET', '/auth/me', { key: ada.key })).status).toBe(200);
  });

  it('are ended by an admin of their tenant, not by one of another', async () => {
    const ada = await makeKey(gateway, VIEWER);
    const cookie = await signIn(ada.key);
    const [{ id } = { id: '' }] = await shown(cookie);
    await call(gateway, 'POST', '/api/v1/tenants', { body: { id: 'elsewhere', name: 'Elsewhere' } });
    const foreign = (await call(gateway, 'POST', '/api/v1/tenants/elsewhere/keys', { body: { name: 'a', scopes: ['admin'] } })).body.key;
    expect((await call(gateway, 'DELETE', `${PATH}/${id}`, { key: foreign })).status).toBe(404);
    expect((await call(gateway, 'GET', PATH, { key: foreign })).body.items).toEqual([]);
    expect((await call(gateway, 'DELETE', `${PATH}/${id}`, { headers: {} })).status).toBe(204);
    expect(await isIn(cookie)).toBe(false);
  });

  it('need a page of ours for every change, and a key without the scope admin sees none', async () => {
    const ada = await makeKey(gateway, VIEWER);
    const cookie = await signIn(ada.key);
    const foreign = { key: null, headers: { cookie, origin: 'https://evil.example' } };
    expect((await call(gateway, 'POST', '/auth/logout/everywhere', foreign)).status).toBe(403);
    expect(await isIn(cookie)).toBe(true);
    expect((await call(gateway, 'GET', PATH, { key: ada.key })).status).toBe(403);
  });
});
