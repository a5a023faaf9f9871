import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, makeKey } from '../journeys/http/caller.js';
import { SseReader } from '../journeys/http/sse-reader.js';
import { DoorClient } from '../journeys/socketio/door.js';
import { WsClient } from '../journeys/websocket/ws-client.js';
import { foreignKey } from './foreign-key.js';

const PATH = '/api/v1/connections';

let gateway: StartedGateway;
const open: (() => void)[] = [];
beforeAll(async () => {
  gateway = await startGateway();
});
afterEach(() => {
  for (const close of open.splice(0)) close();
});
afterAll(() => gateway.stop());

async function socketio(): Promise<DoorClient> {
  const client = await DoorClient.connect(gateway.url);
  open.push(() => client.socket.disconnect());
  return client;
}

async function websocket(key?: string): Promise<WsClient> {
  const client = await WsClient.open(gateway, key === undefined ? {} : { key });
  open.push(() => client.socket.terminate());
  return client;
}

async function stream(): Promise<SseReader> {
  const session = await call(gateway, 'POST', '/api/v1/sessions');
  const reader = await SseReader.open(gateway, 'GET', `/api/v1/sessions/${String(session.body['id'])}/events`);
  open.push(() => reader.close());
  return reader;
}

async function listed(): Promise<Record<string, unknown>[]> {
  const { body } = await call(gateway, 'GET', PATH);
  return body['items'] as Record<string, unknown>[];
}

/** Waits until so many are listed. */
async function untilListed(count: number): Promise<Record<string, unknown>[]> {
  return expect.poll(listed).toHaveLength(count).then(listed);
}

describe('connections', () => {
  it('are listed over all doors, newest first, with what they hear', async () => {
    const socket = await socketio();
    const sent = await socket.command('send-message', { content: '/echo hi' });
    await socket.command('join-session', { sessionId: sent['sessionId'] });
    await websocket();
    await stream();
    const items = await untilListed(3);
    expect(items.map(({ channel, sessions }) => [channel, sessions])).toEqual([['http', 1], ['websocket', 0], ['socketio', 1]]);
    expect(items[2]?.['id']).toBe(socket.of('connected')[0]?.connectionId);
    expect(items[2]?.['principal']).toEqual({ kind: 'key', id: expect.any(String), tenantId: 'default' });
    for (const { since } of items) expect(Math.abs(Date.now() - Date.parse(String(since)))).toBeLessThan(60_000);
  });

  it('are narrowed to those that hear of a session', async () => {
    const [one, other] = [await socketio(), await socketio()];
    const { sessionId } = await one.command('send-message', { content: '/echo mine' });
    await one.command('join-session', { sessionId });
    await other.command('send-message', { content: '/echo theirs' });
    await untilListed(2);
    const { body } = await call(gateway, 'GET', `${PATH}?sessionId=${String(sessionId)}`);
    expect((body['items'] as { id: string }[]).map(({ id }) => id)).toEqual([one.of('connected')[0]?.connectionId]);
    expect((await call(gateway, 'GET', `${PATH}?sessionId=nobody-made-this`)).body['items']).toEqual([]);
  });

  it('come in pages, each once', async () => {
    for (let made = 0; made < 5; made += 1) await websocket();
    const all = (await untilListed(5)).map(({ id }) => id);
    const paged: unknown[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await call(gateway, 'GET', `${PATH}?limit=2${cursor}`);
      paged.push(...(body['items'] as { id: string }[]).map(({ id }) => id));
      if (body['nextCursor'] === null) break;
      cursor = `&cursor=${String(body['nextCursor'])}`;
    }
    expect(paged).toEqual(all);
    expect((await call(gateway, 'GET', `${PATH}?cursor=nonsense`)).status).toBe(400);
  });

  it('are cut one at a time, told why, and the cut is audited', async () => {
    const [socket, ws, sse] = [await socketio(), await websocket(), await stream()];
    await ws.next();
    const [first, second, third] = await untilListed(3);
    for (const { id } of [first, second, third] as { id: string }[]) {
      expect((await call(gateway, 'DELETE', `${PATH}/${id}`)).status).toBe(204);
      expect((await call(gateway, 'DELETE', `${PATH}/${id}`)).status).toBe(404);
    }
    expect((await socket.event('connection-closing')).error.code).toBe('permission_denied');
    expect((await ws.next())['type']).toBe('connection-closing');
    expect((await ws.close()).code).toBe(4501);
    expect((await sse.rest()).at(-1)?.event).toBe('connection-closing');
    await untilListed(0);
    const { body } = await call(gateway, 'GET', '/api/v1/audit?action=connection.cut');
    expect(body['items']).toHaveLength(3);
  });

  it('of another tenant do not exist, and reading and cutting need their scopes', async () => {
    const foreign = await foreignKey(gateway);
    await websocket(foreign);
    await websocket();
    const mine = await untilListed(1);
    const theirs = await call(gateway, 'GET', PATH, { key: foreign });
    const [their] = theirs.body['items'] as { id: string }[];
    expect((await call(gateway, 'DELETE', `${PATH}/${String(their?.id)}`)).status).toBe(404);
    const { key: reader } = await makeKey(gateway, ['control:read']);
    expect((await call(gateway, 'GET', PATH, { key: reader })).status).toBe(200);
    expect((await call(gateway, 'DELETE', `${PATH}/${String(mine[0]?.['id'])}`, { key: reader })).status).toBe(403);
    const { key: nobody } = await makeKey(gateway, ['messages']);
    expect((await call(gateway, 'GET', PATH, { key: nobody })).status).toBe(403);
  });
});
