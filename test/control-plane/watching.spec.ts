import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EVENTS } from '#libs/contracts';
import { Summaries } from '../../src/control-plane/summary/summaries.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, makeKey } from '../journeys/http/caller.js';
import { DoorClient } from '../journeys/socketio/door.js';
import { WsClient } from '../journeys/websocket/ws-client.js';
import { foreignKey } from './foreign-key.js';

let gateway: StartedGateway;
const open: (() => void)[] = [];
beforeAll(async () => {
  gateway = await startGateway();
});
afterEach(() => {
  for (const close of open.splice(0)) close();
});
afterAll(() => gateway.stop());

async function operator(apiKey?: string): Promise<DoorClient> {
  const client = await DoorClient.connect(gateway.url, apiKey === undefined ? {} : { auth: { apiKey } });
  open.push(() => client.close());
  return client;
}

describe('an operator who watches the gateway', () => {
  it('is told how it stands, then once a second, as the schema says', async () => {
    const client = await operator();
    const began = performance.now();
    const answer = await client.command('watch-gateway', {});
    expect(answer).toMatchObject({ ok: true, summary: { gateway: { state: 'running' }, connections: expect.any(Number) } });
    await client.command('send-message', { content: '/echo hi' });
    const counted = await client.event('summary-updated', ({ summary }) => summary.today.completed > 0);
    expect(EVENTS['summary-updated'].parse(counted)).toEqual(counted);
    await client.until(() => (client.of('summary-updated').length >= 3 ? true : undefined), 'three summaries');
    expect(performance.now() - began).toBeGreaterThan(1900);
    expect(client.order.indexOf('ack:watch-gateway')).toBeLessThan(client.order.indexOf('summary-updated'));
  });

  it('is shown what happens when it asks for it, each event once, and not when it does not', async () => {
    const [told, untold] = [await operator(), await operator()];
    await told.command('watch-gateway', { events: true });
    await untold.command('watch-gateway', {});
    const { id } = await makeKey(gateway);
    const second = await operator();
    await second.command('watch-gateway', { events: true });
    const { id: other } = await makeKey(gateway);
    for (const client of [told, second]) await client.event('gateway-event', ({ event }) => event.detail['id'] === other);
    expect(told.of('gateway-event').map(({ event }) => event.detail['id'])).toEqual([id, other]);
    expect(second.of('gateway-event').map(({ event }) => event.detail['id'])).toEqual([other]);
    expect(EVENTS['gateway-event'].safeParse(told.of('gateway-event')[0]).success).toBe(true);
    expect(untold.of('gateway-event')).toEqual([]);
  });

  it('sees only its own tenant', async () => {
    const [mine, theirs] = [await operator(), await operator(await foreignKey(gateway))];
    await theirs.command('watch-gateway', { events: true });
    await mine.command('watch-gateway', { events: true });
    await makeKey(gateway);
    await mine.event('gateway-event');
    const { summary } = await theirs.event('summary-updated');
    expect(summary.connections).toBe(1);
    expect(theirs.of('gateway-event')).toEqual([]);
  });

  it('needs control:read', async () => {
    const { key } = await makeKey(gateway, ['messages']);
    const client = await operator(key);
    expect(await client.command('watch-gateway', {})).toMatchObject({ ok: false, error: { code: 'permission_denied' } });
    const allowed = await operator();
    expect(await allowed.command('watch-gateway', { often: true })).toMatchObject({ ok: false, error: { code: 'validation_failed' } });
  });

  it('may use a plain WebSocket, with control:read alone as well', async () => {
    const { key } = await makeKey(gateway, ['control:read']);
    const client = await WsClient.open(gateway, { key });
    open.push(() => client.socket.terminate());
    client.send({ type: 'watch-gateway', ref: 1, events: true });
    await client.until('ack');
    const updated = await client.until('summary-updated');
    expect(EVENTS['summary-updated'].safeParse(updated.at(-1)).success).toBe(true);
    client.send({ type: 'unwatch-gateway', ref: 2 });
    expect((await client.until('ack')).at(-1)).toMatchObject({ ref: 2, ok: true });
  });

  it('costs one count for all who watch, and nothing when nobody does', async () => {
    const fresh = vi.spyOn(gateway.app.get(Summaries), 'fresh');
    const clients = await Promise.all(Array.from({ length: 5 }, () => operator()));
    for (const client of clients) await client.command('watch-gateway', {});
    const before = fresh.mock.calls.length;
    const [one, other] = clients;
    if (one === undefined || other === undefined) throw new Error('expected five clients');
    const ahead = one.of('summary-updated').length;
    const heard = () => one.of('summary-updated').length - ahead;
    await one.until(() => (heard() >= 3 ? true : undefined), 'three summaries');
    // A count that is under way when the test looks is heard a moment later.
    expect(Math.abs(fresh.mock.calls.length - before - heard())).toBeLessThanOrEqual(1);
    const shown = await other.event('summary-updated', ({ at }) => one.of('summary-updated').some((same) => same.at === at));
    expect(one.of('summary-updated')).toContainEqual(shown);
    for (const client of clients.slice(1)) client.close();
    await clients[0]?.command('unwatch-gateway', {});
    await expect.poll(async () => (await call(gateway, 'GET', '/api/v1/connections')).body['items']).toHaveLength(1);
    const elsewhere = await operator(await foreignKey(gateway));
    const countedFor = (tenantId: string) => fresh.mock.calls.filter(([of]) => of === tenantId).length;
    const counted = countedFor('default');
    await elsewhere.command('watch-gateway', {});
    await elsewhere.until(() => (elsewhere.of('summary-updated').length >= 2 ? true : undefined), 'two summaries elsewhere');
    expect(countedFor('default')).toBe(counted);
    fresh.mockRestore();
  });
});
