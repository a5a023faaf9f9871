import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { ChannelRegistry } from '../../../src/gateway/channel-registry.js';
import { Lifecycle } from '../../../src/lifecycle/lifecycle.js';
import { awakeTime } from '../../support/awake-time.js';
import { startGateway } from '../../support/start-gateway.js';
import { call, request } from './caller.js';
import { ScriptedAgent } from './scripted-agent.js';
import { SseReader } from './sse-reader.js';

test('a connection that never asked anything does not hold up the shutdown', async () => {
  const gateway = await startGateway();
  const { hostname, port } = new URL(gateway.url);
  const silent = connect({ host: hostname, port: Number(port) });
  await once(silent, 'connect');
  await call(gateway, 'GET', '/api/v1/sessions');
  const sinceAsked = awakeTime();
  await gateway.stop();
  expect(sinceAsked()).toBeLessThan(3000);
});

test('open streams are told that the gateway drains, then why they end', async () => {
  const gateway = await startGateway();
  const { body } = await call(gateway, 'POST', '/api/v1/sessions', { body: {} });
  const stream = await SseReader.open(gateway, 'GET', `/api/v1/sessions/${String(body['id'])}/events`);
  await gateway.stop();
  const [draining, closing] = await stream.rest();
  expect(draining).toMatchObject({ event: 'gateway-draining', data: { reconnectAfterMs: expect.any(Number) } });
  expect(closing).toMatchObject({ event: 'connection-closing', data: { error: { code: 'shutting_down' } } });
});

test('a stream whose door is stopped is told when to come back', async () => {
  const gateway = await startGateway();
  const { body } = await call(gateway, 'POST', '/api/v1/sessions', { body: {} });
  const stream = await SseReader.open(gateway, 'GET', `/api/v1/sessions/${String(body['id'])}/events`);
  await gateway.app.get(ChannelRegistry).stop('http');
  expect(await stream.rest()).toMatchObject([{ event: 'connection-closing', data: { error: { code: 'overloaded', retryAfterMs: expect.any(Number) } } }]);
  await gateway.stop();
});

test('a request that waits for a turn is answered with 202 when the gateway goes away', async () => {
  const agent = new ScriptedAgent();
  const gateway = await startGateway({ SHUTDOWN_DRAIN_MS: '300' }, { agents: [agent] });
  const body = { agent: 'scripted', content: 'hold', id: 'left-behind' };
  const waiting = fetch(`${gateway.url}/api/v1/messages`, request('POST', { body, headers: { prefer: 'wait=60' } }));
  expect((await call(gateway, 'POST', '/api/v1/messages', { body })).status).toBe(202);
  const stopped = gateway.stop();
  expect((await waiting).status).toBe(202);
  await stopped;
});

test('while the gateway drains, reads are served and new messages are refused with shutting_down', async () => {
  const agent = new ScriptedAgent();
  const gateway = await startGateway({ SHUTDOWN_DRAIN_MS: '5000' }, { agents: [agent] });
  const { body } = await call(gateway, 'POST', '/api/v1/messages', { body: { agent: 'scripted', content: 'hold' } });
  const stream = await SseReader.open(gateway, 'GET', `/api/v1/sessions/${String(body['sessionId'])}/events?after=0`);
  await stream.until('text-delta');
  const down = gateway.app.get(Lifecycle).shutdown();
  await stream.until('gateway-draining');
  expect((await call(gateway, 'GET', `/api/v1/messages/${String(body['messageId'])}`)).body).toMatchObject({ status: 'running' });
  const refused = await call(gateway, 'POST', '/api/v1/messages', { body: { content: 'x' } });
  expect({ status: refused.status, code: refused.body['code'] }).toEqual({ status: 503, code: 'shutting_down' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  agent.release();
  expect((await stream.rest()).map(({ event }) => event)).toEqual(['text-delta', 'turn-completed', 'connection-closing']);
  await down;
  await gateway.stop();
});
