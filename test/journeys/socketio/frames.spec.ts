import { on, once } from 'node:events';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { GatewayEvent } from '#libs/contracts';
import { asFrames } from '../../../src/channels/socketio/frames.js';
import { startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { DoorClient } from './door.js';

describe('packets that leave together', () => {
  it('are what any reader of the WebSocket protocol reads, whatever their length and letters', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server listens nowhere');
    const writer = new Promise<Socket>((resolve) => server.once('connection', (_websocket, { socket }) => resolve(socket)));
    const reader = new WebSocket(`ws://127.0.0.1:${address.port}`);
    const messages = on(reader, 'message');
    const tcp = await writer;
    const around = (length: number) => fc.integer({ min: length - 4, max: length + 4 }).map((size) => 'x'.repeat(size));
    const packet = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), around(125), around(65_535), around(65_535 / 3).map((text) => text.replaceAll('x', '€')));
    await fc.assert(
      fc.asyncProperty(fc.array(packet, { minLength: 1, maxLength: 5 }), async (packets) => {
        tcp.write(asFrames(packets).wsPreEncodedFrame[0]);
        for (const text of packets) {
          const [heard] = (await messages.next()).value ?? [];
          expect(String(heard)).toBe(`4${text.toWellFormed()}`);
        }
      }),
    );
    reader.terminate();
    server.close();
  });
});

describe('a connection that changes from polling to a websocket', () => {
  let gateway: StartedGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it('hears every event once and in order', async () => {
    const client = DoorClient.make(gateway.url, { transports: ['polling', 'websocket'] });
    const upgraded = new Promise((resolve) => client.socket.io.engine.once('upgrade', resolve));
    await client.event('connected');
    const { sessionId } = await client.command<{ sessionId: string }>('send-message', { content: '/echo 0' });
    let sent = 1;
    let over = false;
    void upgraded.then(() => (over = true));
    while (sent < 8 || !over) {
      await client.command('send-message', { sessionId, content: `/echo ${sent}` });
      sent += 1;
    }
    await client.until(() => client.of('turn-completed')[sent - 1], 'last end');
    const stored = client.events.filter((event): event is GatewayEvent & { seq: number } => 'seq' in event);
    expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 3 * sent }, (_, place) => place + 1));
    client.close();
  });
});
