import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { ADMIN_KEY, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { fileOf } from './manifests.js';
import { startProxy, type ProxyProcess } from './proxy-process.js';

const DEADLINE_MS = 60_000;
const Ack = z.object({ ok: z.literal(true) });

/** Two ports that nobody has, never the same twice. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()] as const;
  const held = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return z.object({ port: z.number() }).parse(server.address()).port;
    }),
  );
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return z.tuple([z.number(), z.number()]).parse(held);
}

/** Status, headers and each piece of the body as it came, of a request through the proxy. */
async function call(port: number, path: string, body?: object): Promise<{ status: number; headers: IncomingMessage['headers']; pieces: string[] }> {
  const sent = request(`https://localhost:${port}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const answer = await new Promise<IncomingMessage>((resolve, reject) => sent.once('response', resolve).once('error', reject));
  const pieces: string[] = [];
  for await (const piece of answer.setEncoding('utf8')) pieces.push(String(piece));
  return { status: answer.statusCode ?? 0, headers: answer.headers, pieces };
}

describe.each(['nginx', 'caddy'] as const)('%s before Parley, by the example', (name) => {
  let gateway: GatewayProcess;
  let proxy: ProxyProcess;
  let port: number;

  beforeAll(async () => {
    const [own, upstream] = await freePorts();
    port = own;
    gateway = await startGatewayProcess({ PORT: String(upstream), TRUST_PROXY: '127.0.0.1', PUBLIC_URL: `https://localhost:${port}` });
    proxy = startProxy(name, port, upstream);
    await vi.waitUntil(
      () => {
        if (!proxy.running()) throw new Error(`The proxy ended:\n${proxy.output()}`);
        return call(port, '/health/live').then(({ status }) => status === 200, () => false);
      },
      { timeout: DEADLINE_MS, interval: 100 },
    );
  });

  afterAll(async () => {
    await proxy.stop();
    await gateway.stop();
  }, 60_000);

  it('passes a stream on piece by piece', async () => {
    const { status, pieces } = await call(port, '/api/v1/chat/stream', { content: `/echo ${'word '.repeat(2_000)}` });
    expect(status).toBe(200);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toMatch(/event: turn-completed/);
  });

  it('lets in Socket.IO by websocket', async () => {
    const socket = io(`https://localhost:${port}`, {
      transports: ['websocket'],
      rejectUnauthorized: false,
      auth: { apiKey: ADMIN_KEY },
      timeout: DEADLINE_MS,
      reconnection: false,
    });
    try {
      const completed = new Promise((resolve, reject) => socket.once('turn-completed', resolve).once('connect_error', reject));
      Ack.parse(await socket.timeout(DEADLINE_MS).emitWithAck('send-message', { content: '/echo through' }));
      expect(await completed).toMatchObject({ content: 'through' });
    } finally {
      socket.close();
    }
  });

  it('lets in plain WebSocket', async () => {
    const socket = new WebSocket(`wss://localhost:${port}/ws`, {
      rejectUnauthorized: false,
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
      handshakeTimeout: DEADLINE_MS,
    });
    const [first] = await once(socket, 'message', { signal: AbortSignal.timeout(DEADLINE_MS) });
    expect(JSON.parse(String(first))).toMatchObject({ type: 'connected' });
    socket.terminate();
  });

  it('lets Parley say that a message is too large', async () => {
    const { status, headers } = await call(port, '/api/v1/messages', { content: 'x'.repeat(200_000) });
    expect(status).toBe(413);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('does not let a caller choose its address', () => {
    const example = fileOf(name === 'nginx' ? 'deploy/proxy/nginx.conf' : 'deploy/proxy/Caddyfile');
    expect(example).not.toMatch(/proxy_add_x_forwarded_for|trusted_proxies/);
  });
});
