import { expect, test } from 'vitest';
import { Lifecycle } from '../../../src/lifecycle/lifecycle.js';
import { awakeTime } from '../../support/awake-time.js';
import { startGateway } from '../../support/start-gateway.js';
import { call } from '../http/caller.js';
import { ScriptedAgent } from '../http/scripted-agent.js';
import { SseReader } from '../http/sse-reader.js';
import { DoorClient } from '../socketio/door.js';
import { refusedUpgrade, WsClient } from './ws-client.js';

test('a gateway that goes away says so, lets running turns end, and closes with 4000', async () => {
  const agent = new ScriptedAgent();
  const gateway = await startGateway({ SHUTDOWN_DRAIN_MS: '5000' }, { agents: [agent] });
  const client = await WsClient.open(gateway);
  client.send({ type: 'send-message', ref: 'm', agent: 'scripted', content: 'hold' });
  await client.until('text-delta');
  const down = gateway.app.get(Lifecycle).shutdown();
  expect((await client.until('gateway-draining')).at(-1)).toMatchObject({ reconnectAfterMs: expect.any(Number) });
  client.send({ type: 'send-message', ref: 'n', content: 'too late' });
  expect(await client.next()).toMatchObject({ type: 'ack', ref: 'n', ok: false, error: { code: 'shutting_down', retryAfterMs: expect.any(Number) } });
  expect(await refusedUpgrade(gateway)).toMatchObject({ status: 503, body: { code: 'shutting_down' } });
  agent.release();
  const rest = await client.until('connection-closing');
  expect(rest.map(({ type }) => type)).toEqual(['text-delta', 'turn-completed', 'connection-closing']);
  expect((await client.close()).code).toBe(4000);
  await down;
  await gateway.stop();
});

test('each of many clients, whatever its door, is told another time to come back', async () => {
  const gateway = await startGateway();
  const { body } = await call(gateway, 'POST', '/api/v1/sessions', { body: {} });
  const plain = await Promise.all(Array.from({ length: 40 }, () => WsClient.open(gateway)));
  const packets = await Promise.all(Array.from({ length: 40 }, () => DoorClient.connect(gateway.url)));
  const streams = await Promise.all(Array.from({ length: 5 }, () => SseReader.open(gateway, 'GET', `/api/v1/sessions/${String(body['id'])}/events`)));
  const down = gateway.app.get(Lifecycle).shutdown();
  const times = await Promise.all([
    ...plain.map(async (client) => (await client.until('gateway-draining')).at(-1)?.['reconnectAfterMs']),
    ...packets.map(async (client) => (await client.event('gateway-draining')).reconnectAfterMs),
    ...streams.map(async (stream) => (await stream.next())?.data['reconnectAfterMs']),
  ]);
  expect(new Set(times).size).toBe(85);
  await down;
  await gateway.stop();
});

test('a client that does not answer the close does not hold up the shutdown', async () => {
  const gateway = await startGateway({ SHUTDOWN_CLEANUP_MS: '500' });
  const client = await WsClient.open(gateway);
  client.socket.pause();
  const sinceAsked = awakeTime();
  await gateway.stop();
  expect(sinceAsked()).toBeLessThan(3000);
  client.socket.terminate();
});
