import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '#libs/contracts';
import { awakeTime } from '../support/awake-time.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, makeKey } from './caller.js';

let gateway: StartedGateway;
const sockets: Socket[] = [];
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  for (const socket of sockets) socket.disconnect();
  await gateway.stop();
});

function open(auth: object): Socket {
  const socket = io(gateway.url, { auth, transports: ['websocket'], reconnection: false, forceNew: true });
  sockets.push(socket);
  return socket;
}

/** What the next event of this name carries; fails after 20 seconds. */
function next<Payload>(socket: Socket, event: string): Promise<Payload> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`No ${event} in time`)), 20_000);
    socket.once(event, (payload: Payload) => {
      clearTimeout(late);
      resolve(payload);
    });
  });
}

describe('revoking a key', () => {
  it('closes its socket and that of a user it let in within a second, says why, and refuses what they come back with', async () => {
    const { key, id } = await makeKey(gateway, ['messages', 'tickets']);
    const { ticket } = (await call(gateway, 'POST', '/api/v1/tickets', { key, body: { userId: 'ada' } })).body;
    const both = [open({ apiKey: key }), open({ ticket })];
    const welcomes = await Promise.all(both.map((socket) => next<{ resume: { token: string } }>(socket, 'connected')));
    const reasons = both.map((socket) => next<{ error: Problem }>(socket, 'connection-closing'));
    const ends = both.map((socket) => next<string>(socket, 'disconnect'));
    const sinceRevoked = awakeTime();
    expect((await call(gateway, 'DELETE', `/api/v1/keys/${id}`)).status).toBe(204);
    for (const { error } of await Promise.all(reasons)) expect(error.code).toBe('unauthenticated');
    await Promise.all(ends);
    expect(sinceRevoked()).toBeLessThan(1000);
    for (const { resume } of welcomes) {
      const refusal = await next<{ data: Problem }>(open({ resume: resume.token }), 'connect_error');
      expect(refusal.data).toMatchObject({ code: 'unauthenticated' });
    }
  });
});
