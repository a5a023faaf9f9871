import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Line } from './harness/line.js';

const LINES = 20;

it('a line whose end is gone while more waits for it ends that connection, and nothing else', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const talking = new Set<Socket>();
  const server = createServer((socket) => {
    talking.add(socket);
    socket.on('error', () => socket.destroy());
    socket.write(Buffer.alloc(64 * 1024 * 1024));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const line = await Line.open();
  onTestFinished(async () => {
    process.off('unhandledRejection', note);
    for (const socket of talking) socket.destroy();
    server.close();
    await line.close();
  });
  line.leadTo((server.address() as AddressInfo).port);
  const sockets = Array.from({ length: LINES }, () => connect({ port: Number(new URL(line.url).port), host: '127.0.0.1' }));
  await Promise.all(sockets.map((socket) => once(socket, 'readable')));
  for (const socket of sockets) socket.resetAndDestroy();
  await expect.poll(() => talking.size === LINES && [...talking].every(({ closed }) => closed)).toBe(true);
  expect(unhandled).toEqual([]);
});
