import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#libs/contracts';
import { call, makeKey } from '../auth/caller.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { enterSocketIo, enterWebSocket, leave } from './socket-callers.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway({ TRUST_PROXY: '127.0.0.1' });
});
afterAll(() => gateway.stop());

const from = (address: string) => ({ 'x-forwarded-for': address });

/** What the audit log says of refused calls from the address. */
async function refusedFrom(address: string): Promise<unknown[]> {
  const response = await fetch(`${gateway.url}/api/v1/audit?action=call.refused&limit=200`, { headers: { 'x-api-key': ADMIN_KEY } });
  const page: { items: AuditEntry[] } = await response.json();
  return page.items.filter((entry) => entry.address === address).map((entry) => entry.after);
}

async function refused(doors: 'socketio' | 'websocket', key: string, address: string, commands: readonly (readonly [string, object])[]): Promise<string[]> {
  const codes: string[] = [];
  if (doors === 'socketio') {
    const socket = await enterSocketIo(gateway, key, from(address));
    if (socket instanceof Error) throw socket;
    for (const [name, payload] of commands) {
      const ack: { error?: { code: string } } = await socket.timeout(60_000).emitWithAck(name, payload);
      codes.push(ack.error?.code ?? 'ok');
    }
    await leave(socket);
    return codes;
  }
  const socket = await enterWebSocket(gateway, key, from(address));
  if (typeof socket === 'number') throw new Error(String(socket));
  for (const [name, payload] of commands) {
    const answer = new Promise<string>((resolve) => {
      socket.on('message', function heard(data: Buffer) {
        const frame: { type: string; error?: { code: string } } = JSON.parse(data.toString());
        if (frame.type !== 'ack') return;
        socket.off('message', heard);
        resolve(frame.error?.code ?? 'ok');
      });
    });
    socket.send(JSON.stringify({ type: name, ref: 'r', ...payload }));
    codes.push(await answer);
  }
  await leave(socket);
  return codes;
}

describe.each(['socketio', 'websocket'] as const)('refusals on an open socket (%s)', (door) => {
  const address = door === 'socketio' ? '198.51.100.21' : '198.51.100.22';

  it('are counted into one entry of their address, with who was refused', async () => {
    const limited = await makeKey(gateway, ['messages'], { limits: { messagesPerMinute: 1 } });
    const message = ['send-message', { content: 'x' }] as const;
    const commands = [message, message, message, ['send-message', {}]] as const;
    expect(await refused(door, limited.key, address, commands)).toEqual(['ok', 'rate_limited', 'rate_limited', 'validation_failed']);
    const reader = await makeKey(gateway, ['sessions:read']);
    expect(await refused(door, reader.key, address, [message])).toEqual(['permission_denied']);
    expect(await refusedFrom(address)).toEqual([
      { since: expect.any(String), counts: { 403: 1, 429: 2 }, callers: [`key ${limited.id}`, `key ${reader.id}`] },
    ]);
  });

  it('count the end of its credential', async () => {
    const { key, id } = await makeKey(gateway, ['messages']);
    const where = `${address}9`;
    const socket = door === 'socketio' ? await enterSocketIo(gateway, key, from(where)) : await enterWebSocket(gateway, key, from(where));
    if (socket instanceof Error || typeof socket === 'number') throw new Error('the door is shut');
    const over = new Promise<void>((resolve) => {
      if ('io' in socket) socket.once('disconnect', () => resolve());
      else socket.once('close', () => resolve());
    });
    await call(gateway, 'DELETE', `/api/v1/keys/${id}`);
    await over;
    expect(await refusedFrom(where)).toEqual([{ since: expect.any(String), counts: { 401: 1 }, callers: [`key ${id}`] }]);
  });
});
