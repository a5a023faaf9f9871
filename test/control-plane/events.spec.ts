import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FailureError } from '#libs/contracts';
import { CONTROL_EVENTS_KEPT, ControlEvents } from '#libs/ports';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { deafAgent, ScriptedAgent } from '../support/scripted-agent.js';
import { call, makeKey } from '../journeys/http/caller.js';
import { SseReader, type SseEvent } from '../journeys/http/sse-reader.js';
import { foreignKey } from './foreign-key.js';

const PATH = '/api/v1/control-plane/events';
const failing = new ScriptedAgent('failing', async function* () {
  throw FailureError.of('provider_error', 'on purpose');
});

let gateway: StartedGateway;
const open: SseReader[] = [];
beforeAll(async () => {
  gateway = await startGateway({}, { agents: [failing, deafAgent()] });
});
afterEach(() => {
  for (const reader of open.splice(0)) reader.close();
});
afterAll(() => gateway.stop());

async function follow(headers: Record<string, string> = {}, key?: string): Promise<SseReader> {
  const options = { headers: { accept: 'text/event-stream', ...headers }, ...(key === undefined ? {} : { key }) };
  const reader = await SseReader.open(gateway, 'GET', PATH, options);
  open.push(reader);
  return reader;
}

async function listed(query = ''): Promise<{ seq: number; type: string; detail: Record<string, unknown> }[]> {
  const { status, body } = await call(gateway, 'GET', `${PATH}${query}`);
  expect(status).toBe(200);
  return body['items'] as { seq: number; type: string; detail: Record<string, unknown> }[];
}

describe('the events of the gateway', () => {
  it('tell keys, channels, failed turns and the start, newest first, to their own tenant', async () => {
    const { id } = await makeKey(gateway);
    await call(gateway, 'DELETE', `/api/v1/keys/${id}`);
    await call(gateway, 'POST', '/api/v1/channels/websocket/stop');
    await call(gateway, 'POST', '/api/v1/channels/websocket/start');
    await call(gateway, 'POST', '/api/v1/messages', { body: { content: 'x', agent: 'failing' }, headers: { prefer: 'wait=30' } });
    await expect.poll(async () => (await listed()).map(({ type }) => type)).toContain('turn-failed');
    const events = await listed();
    expect(events.map(({ type }) => type).reverse()).toEqual(['gateway-started', 'key-created', 'key-revoked', 'channel-stopped', 'channel-started', 'turn-failed']);
    expect(events.map(({ seq }) => seq)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(events[0]?.detail).toMatchObject({ agent: 'failing', code: 'provider_error' });
    expect(events[4]?.detail).toMatchObject({ id, by: { kind: 'key' } });
    const foreign = await foreignKey(gateway);
    expect((await call(gateway, 'GET', PATH, { key: foreign })).body).toEqual({ items: [], nextCursor: null });
  });

  it('are listed as soon as the change is answered', async () => {
    for (let count = 0; count < 3; count += 1) {
      const { id } = await makeKey(gateway);
      expect((await listed('?limit=1'))[0]).toMatchObject({ type: 'key-created', detail: { id } });
      await call(gateway, 'DELETE', `/api/v1/keys/${id}`);
      expect((await listed('?limit=1'))[0]).toMatchObject({ type: 'key-revoked', detail: { id } });
    }
  });

  it('are streamed as they happen and go on behind the last one that was seen', async () => {
    const live = await follow();
    expect(live.response.headers.get('content-type')).toContain('text/event-stream');
    await makeKey(gateway);
    const first = (await live.until('key-created')).at(-1) as SseEvent;
    live.close();
    await makeKey(gateway);
    await makeKey(gateway);
    const again = await follow({ 'last-event-id': String(first.id) });
    const ids = [await again.next(), await again.next()].map((event) => Number(event?.id));
    expect(ids).toEqual([Number(first.id) + 1, Number(first.id) + 2]);
    await makeKey(gateway);
    expect(Number((await again.next())?.id)).toBe(Number(first.id) + 3);
    const all = await follow({ 'last-event-id': '0' });
    expect((await all.next())?.event).toBe('gateway-started');
    expect((await call(gateway, 'GET', PATH, { headers: { accept: 'text/event-stream', 'last-event-id': 'x' } })).status).toBe(400);
  });

  it('say from where on they are kept when more was asked for, and go on from now behind a number that is not given yet', async () => {
    const tenantId = 'long-running';
    const key = await foreignKey(gateway, tenantId);
    const one = { tenantId, at: 0, type: 'of-a-test', detail: '{}' };
    await gateway.app.get(ControlEvents).append(Array.from({ length: CONTROL_EVENTS_KEPT + 5 }, () => one));
    const all = await follow({ 'last-event-id': '0' }, key);
    const [lost, oldest] = [await all.next(), await all.next()];
    expect(lost).toMatchObject({ event: 'history-lost', data: { type: 'history-lost', at: expect.any(String), firstSeq: 6 } });
    expect(lost?.id).toBeUndefined();
    expect(oldest?.id).toBe('6');

    const ahead = await follow({ 'last-event-id': String(10 * CONTROL_EVENTS_KEPT) }, key);
    await call(gateway, 'POST', '/api/v1/keys', { key, body: { name: 'new', scopes: ['messages'] } });
    expect(await ahead.next()).toMatchObject({ event: 'key-created', id: String(CONTROL_EVENTS_KEPT + 6) });
  });

  it('tell a flood of failed turns in a bounded number', async () => {
    const before = (await listed())[0]?.seq ?? 0;
    const send = () => call(gateway, 'POST', '/api/v1/messages', { body: { content: 'x', agent: 'failing' }, headers: { prefer: 'wait=30' } });
    await Promise.all(Array.from({ length: 100 }, send));
    const fresh = async () => (await listed('?limit=200')).filter(({ seq, type }) => seq > before && type.startsWith('turn'));
    const singles = async () => (await fresh()).filter(({ type }) => type === 'turn-failed').length;
    const counted = async () => (await fresh()).reduce((sum, { type, detail }) => (type === 'turns-failed' ? sum + Number(detail['count']) : sum), 0);
    await expect.poll(async () => (await singles()) + (await counted())).toBe(100);
    const single = await singles();
    expect(single).toBeLessThan(100);
  });

  it('end for a reader whose key is revoked, and need a scope', async () => {
    const { id, key } = await makeKey(gateway, ['control:read']);
    const reader = await follow({}, key);
    await call(gateway, 'DELETE', `/api/v1/keys/${id}`);
    expect((await reader.rest()).at(-1)?.event).toBe('connection-closing');
    const { key: nobody } = await makeKey(gateway, ['messages']);
    expect((await call(gateway, 'GET', PATH, { key: nobody })).status).toBe(403);
  });

  it('are numbered on over a restart, with the shutdown among them, and let their readers go', async () => {
    const reader = await follow();
    const last = (await listed())[0]?.seq ?? 0;
    const { dataDir } = gateway;
    await gateway.stop({ keepData: true });
    expect((await reader.rest()).map(({ event }) => event)).toEqual(['gateway-draining', 'connection-closing']);
    gateway = await startGateway({}, { agents: [failing], dataDir });
    await expect.poll(async () => (await listed())[0]?.type).toBe('gateway-started');
    expect((await listed()).slice(0, 2).map(({ seq, type }) => [seq - last, type])).toEqual([
      [2, 'gateway-started'],
      [1, 'gateway-draining'],
    ]);
  });
});
