import { expect, test } from 'vitest';
import { Lifecycle } from '../../../src/lifecycle/lifecycle.js';
import { awakeTime } from '../../support/awake-time.js';
import { startGateway } from '../../support/start-gateway.js';
import { ScriptedAgent } from '../http/scripted-agent.js';
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

test('each of many clients is told another time to come back', async () => {
  const gateway = await startGateway();
  const clients = await Promise.all(Array.from({ length: 40 }, () => WsClient.open(gateway)));
  const down = gateway.app.get(Lifecycle).shutdown();
  const times = await Promise.all(clients.map(async (client) => (await client.until('gateway-draining')).at(-1)?.['reconnectAfterMs']));
  expect(new Set(times).size).toBe(clients.length);
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
