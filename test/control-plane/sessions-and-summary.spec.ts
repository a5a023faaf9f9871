import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { GatedAgent } from '../support/scripted-agent.js';
import { call, makeKey } from '../journeys/http/caller.js';
import { WsClient } from '../journeys/websocket/ws-client.js';
import { foreignKey } from './foreign-key.js';

const SUMMARY = '/api/v1/control-plane/summary';

let gateway: StartedGateway;
const gated = new GatedAgent('gated', '', 'done');
beforeAll(async () => {
  gateway = await startGateway({}, { agents: [gated] });
});
afterAll(() => gateway.stop());

describe('sessions for operators', () => {
  it('are found by agent, owner and title', async () => {
    const { id: keyId, key } = await makeKey(gateway);
    const make = async (body: object, as?: string) => (await call(gateway, 'POST', '/api/v1/sessions', { body, ...(as === undefined ? {} : { key: as }) })).body['id'];
    const theirs = await make({ title: 'Invoice 17' }, key);
    const mine = await make({ title: 'invoices', agent: 'gated' });
    await make({});
    const found = async (query: string, as?: string) => {
      const { status, body } = await call(gateway, 'GET', `/api/v1/sessions?${query}`, as === undefined ? {} : { key: as });
      expect(status).toBe(200);
      return (body['items'] as { id: string }[]).map(({ id }) => id);
    };
    expect(await found('q=INVOICE')).toEqual([mine, theirs]);
    expect(await found('q=invoice&agent=gated')).toEqual([mine]);
    expect(await found(`owner=key:${keyId}`)).toEqual([theirs]);
    expect(await found('q=invoice', key)).toEqual([theirs]);
    expect(await found(`q=${String(mine)}`)).toEqual([mine]);
    expect(await found(`q=${String(mine)}&agent=concierge`)).toEqual([]);
    expect(await found(`q=${String(mine)}`, key)).toEqual([]);
    expect(await found('owner=user:nobody')).toEqual([]);
    for (const query of ['owner=nobody', 'owner=robot:1', 'q=']) expect((await call(gateway, 'GET', `/api/v1/sessions?${query}`)).status).toBe(400);
  });
});

describe('the summary', () => {
  it('counts what there is and what happens, in one tenant, and again after a restart', async () => {
    const foreign = await foreignKey(gateway);
    const summary = async () => (await call(gateway, 'GET', SUMMARY, { key: foreign })).body;
    const send = (body: object, wait = true) =>
      call(gateway, 'POST', '/api/v1/messages', { key: foreign, body, ...(wait ? { headers: { prefer: 'wait=30' } } : {}) });
    const socket = await WsClient.open(gateway, { key: foreign });
    const first = await send({ content: '/echo one' });
    const running = await send({ content: 'x', agent: 'gated' }, false);
    await send({ content: 'x', agent: 'gated', sessionId: running.body['sessionId'] }, false);
    const dropped = await send({ content: 'x', agent: 'gated', sessionId: running.body['sessionId'] }, false);
    await call(gateway, 'POST', `/api/v1/messages/${String(dropped.body['messageId'])}/cancel`, { key: foreign });
    expect(first.status).toBe(200);
    await expect.poll(summary).toMatchObject({
      today: { messages: 4, completed: 1, failed: 0, cancelled: 1 },
      turns: { queued: 1, running: 1, oldestQueuedAt: expect.any(String) },
      gateway: { state: 'running' },
      health: { status: 'ok', down: [] },
      firstText: { count: 1, p50Ms: expect.any(Number) },
      usage: { calls: 1, inputTokens: expect.any(Number), costUsd: null },
      sessions: 2,
      connections: 1,
      agents: { healthy: 1, unhealthy: 0, unknown: 1 },
      outbox: { waiting: 0, deadLetters: 0 },
      channels: expect.arrayContaining([{ name: 'websocket', state: 'running', connections: 1 }]),
    });
    socket.socket.terminate();
    gated.open();
    await expect.poll(summary).toMatchObject({ today: { completed: 3 }, turns: { queued: 0, running: 0, oldestQueuedAt: null }, connections: 0 });

    const { dataDir } = gateway;
    await gateway.stop({ keepData: true });
    gateway = await startGateway({}, { agents: [gated], dataDir });
    expect(await summary()).toMatchObject({ today: { messages: 4, completed: 3, failed: 0, cancelled: 1 }, sessions: 2 });
  });

  it('is given again for a second, and needs a scope', async () => {
    const [one, two] = await Promise.all([call(gateway, 'GET', SUMMARY), call(gateway, 'GET', SUMMARY)]);
    expect(one.body).toEqual(two.body);
    const { key } = await makeKey(gateway, ['messages']);
    expect((await call(gateway, 'GET', SUMMARY, { key })).status).toBe(403);
  });
});
