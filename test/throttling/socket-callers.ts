import { once } from 'node:events';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import type { StartedGateway } from '../support/start-gateway.js';

type Refusal = Error & { readonly data?: { readonly code: string; readonly retryAfterMs?: number } };

/** A Socket.IO client that was let in, or why it was not. */
export async function enterSocketIo(gateway: Pick<StartedGateway, 'url'>, apiKey: string, headers: Record<string, string> = {}): Promise<Socket | Refusal> {
  const socket = io(gateway.url, { auth: { apiKey }, transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders: headers });
  const { promise, resolve } = Promise.withResolvers<Socket | Refusal>();
  socket.once('connected', () => resolve(socket));
  socket.once('connect_error', resolve);
  return promise;
}

/** A client of `/ws` that was let in, or the status it was refused with. */
export async function enterWebSocket(gateway: Pick<StartedGateway, 'url'>, key: string, headers: Record<string, string> = {}): Promise<WebSocket | number> {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/ws`, { headers: { 'x-api-key': key, ...headers } });
  const { promise, resolve } = Promise.withResolvers<WebSocket | number>();
  socket.once('open', () => resolve(socket));
  socket.once('unexpected-response', (_request, response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  });
  socket.on('error', () => undefined);
  return promise;
}

/** Closes it and waits until it is closed. */
export async function leave(socket: Socket | WebSocket): Promise<void> {
  if (socket instanceof WebSocket) {
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  } else socket.disconnect();
}
