import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ChannelRegistry } from '../../../src/gateway/channel-registry.js';
import { Lifecycle } from '../../../src/lifecycle/lifecycle.js';
import { COMPLETED, GatedAgent, ScriptedAgent } from '../../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { DoorClient } from './door.js';

async function started(...args: Parameters<typeof startGateway>): Promise<StartedGateway> {
  const gateway = await startGateway(...args);
  onTestFinished(() => gateway.stop());
  return gateway;
}

describe('closing Socket.IO connections', () => {
  it('a channel that is stopped tells everybody, lets them go, refuses newcomers, and opens again', async () => {
    const gateway = await started();
    const registry = gateway.app.get(ChannelRegistry);
    const client = await DoorClient.connect(gateway.url);
    expect(registry.get('socketio')).toMatchObject({ state: 'running', delivery: 'at-least-once', connections: 1 });
    const gone = client.disconnected();
    await registry.stop('socketio');
    expect((await client.event('connection-closing')).error.retryable).toBe(true);
    expect(await gone).toBe('transport close');
    const refusal = await DoorClient.make(gateway.url).refusal();
    expect(refusal.data).toMatchObject({ retryable: true, retryAfterMs: expect.any(Number) });
    expect(registry.get('socketio')).toMatchObject({ state: 'stopped', connections: 0 });
    await registry.start('socketio');
    (await DoorClient.connect(gateway.url)).close();
  });

  it('a gateway that drains tells each client another time to come back, and takes no new message', async () => {
    const agent = new GatedAgent('gated', 'begun', ' ended');
    const gateway = await started({ SHUTDOWN_DRAIN_MS: '5000' }, { agents: [agent] });
    const [one, two] = await Promise.all([DoorClient.connect(gateway.url), DoorClient.connect(gateway.url)]);
    await one.command('send-message', { content: 'go', agent: 'gated' });
    await one.event('text-delta');
    const shutdown = gateway.app.get(Lifecycle).shutdown();
    const [first, second] = await Promise.all([one.event('gateway-draining'), two.event('gateway-draining')]);
    expect(first.reconnectAfterMs).not.toBe(second.reconnectAfterMs);
    expect(await two.command('send-message', { content: 'late' })).toMatchObject({ ok: false, error: { code: 'shutting_down' } });
    agent.open();
    expect((await one.event('turn-completed')).content).toBe('begun ended');
    expect((await one.event('connection-closing')).error.code).toBe('shutting_down');
    await shutdown;
  });

  it('cancelling ends a running turn and a queued one, and acks their state', async () => {
    const agent = new GatedAgent('gated', 'begun', 'never');
    const gateway = await started({}, { agents: [agent] });
    const client = await DoorClient.connect(gateway.url);
    const running = await client.command<{ turnId: string; sessionId: string }>('send-message', { content: 'go', agent: 'gated' });
    await client.event('text-delta');
    const queued = await client.command<{ messageId: string }>('send-message', { content: 'next', agent: 'gated', sessionId: running.sessionId });
    expect(await client.command('cancel-turn', { messageId: queued.messageId })).toEqual({ ok: true, state: 'cancelled' });
    expect(await client.command('cancel-turn', { turnId: running.turnId })).toEqual({ ok: true, state: 'cancelled' });
    expect((await client.event('turn-cancelled', ({ turnId }) => turnId === running.turnId)).partial).toBe('begun');
    expect(client.of('turn-cancelled')).toHaveLength(2);
    client.close();
  });

  it('a reader that does not read is closed, and finds everything at its return', async () => {
    const input = 'x'.repeat(128 * 1024);
    const calls = 100;
    const flood = new ScriptedAgent('flood', async function* () {
      for (let count = 0; count < calls; count += 1) yield { type: 'tool-called', callId: String(count), skill: 'flood', input };
      yield { type: 'text', text: 'done' };
      yield COMPLETED;
    });
    const gateway = await started({}, { agents: [flood] });
    const writer = await DoorClient.connect(gateway.url);
    const { sessionId } = await writer.command<{ sessionId: string }>('send-message', { content: '/echo first' });
    await writer.event('turn-completed');
    const registry = gateway.app.get(ChannelRegistry);
    const deaf = await deafReader(gateway.url, sessionId);
    await writer.command('send-message', { content: 'go', agent: 'flood', sessionId });
    await writer.event('turn-completed', ({ content }) => content === 'done');
    await expect.poll(() => registry.get('socketio')?.connections).toBe(1);
    deaf.destroy();
    const back = await DoorClient.connect(gateway.url);
    await back.command('join-session', { sessionId, after: 3 });
    await back.event('turn-completed');
    expect(back.of('tool-called')).toHaveLength(calls);
    writer.close();
    back.close();
  });
});

/** A client that joins the session and never reads a byte afterwards. */
async function deafReader(url: string, sessionId: string) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  const heard = (text: string) =>
    new Promise<void>((resolve) => {
      const look = (data: Buffer): void => {
        if (!data.toString('latin1').includes(text)) return;
        socket.off('data', look);
        resolve();
      };
      socket.on('data', look);
    });
  const next = async (text: string, write: string | Buffer): Promise<void> => {
    const answered = heard(text);
    socket.write(write);
    await answered;
  };
  await next('"sid"', `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`);
  await next('connected', frame(`40${JSON.stringify({ apiKey: ADMIN_KEY })}`));
  await next('lastSeq', frame(`421${JSON.stringify(['join-session', { sessionId }])}`));
  socket.pause();
  return socket;
}

/** A masked text frame (RFC 6455, section 5.2) with the mask 0. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x81, 0x80 | payload.length]) : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}
