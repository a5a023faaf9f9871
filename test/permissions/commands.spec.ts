import { io } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { COMMAND_NAMES, COMMANDS, SCOPES, type Scope } from '#libs/contracts';
import { COMMAND_PERMISSIONS, may } from '#libs/policy';
import { permissionMatrix } from '../../src/api-docs/permission-matrix.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { makeKey } from '../auth/caller.js';

const ID = '01900000-0000-7000-8000-000000000001';
const PAYLOADS: Readonly<Record<string, object>> = {
  'send-message': { sessionId: ID, content: 'hello' },
  'cancel-turn': { turnId: ID },
  'join-session': { sessionId: ID },
  'leave-session': { sessionId: ID },
};
const PLANTED = 'plant-bare';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
afterEach(() => Reflect.deleteProperty(COMMANDS, PLANTED));

interface Ack {
  readonly ok: boolean;
  readonly error?: { readonly code: string; readonly detail: string };
}

type Give = (name: string, payload: object) => Promise<Ack>;

async function bySocketIo(apiKey: string, work: (give: Give) => Promise<void>): Promise<void> {
  const socket = io(gateway.url, { auth: { apiKey }, transports: ['websocket'], reconnection: false, forceNew: true });
  try {
    await work(async (name, payload) => {
      const ack: Ack = await socket.timeout(60_000).emitWithAck(name, payload);
      return ack;
    });
  } finally {
    socket.disconnect();
  }
}

async function byWebSocket(apiKey: string, work: (give: Give) => Promise<void>): Promise<void> {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/ws`, { headers: { 'x-api-key': apiKey } });
  const waiting = new Map<string, (ack: Ack) => void>();
  socket.on('message', (data) => {
    const event: Ack & { type: string; ref?: string } = JSON.parse(String(data));
    if (event.type === 'ack') waiting.get(event.ref ?? '')?.(event);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  try {
    await work((name, payload) => {
      const ref = String(waiting.size);
      return new Promise((resolve) => {
        waiting.set(ref, resolve);
        socket.send(JSON.stringify({ type: name, ref, ...payload }));
      });
    });
  } finally {
    socket.terminate();
  }
}

/** Commands that sockets take, and that do not say who may give them. */
const undeclared = () => Object.keys(COMMANDS).filter((name) => !Object.hasOwn(COMMAND_PERMISSIONS, name));

describe('the commands of the running gateway', () => {
  it('all say who may give them', () => {
    expect(COMMAND_NAMES.length).toBeGreaterThan(3);
    expect(undeclared()).toEqual([]);
  });

  it('would be found out if one did not: a planted bare command is, and is refused to everybody on both sockets', async () => {
    const { key } = await makeKey(gateway, ['admin']);
    Object.assign(COMMANDS, { [PLANTED]: z.strictObject({}) });
    expect(undeclared()).toEqual([PLANTED]);
    for (const door of [bySocketIo, byWebSocket]) {
      await door(key, async (give) => {
        expect(await give(PLANTED, {})).toMatchObject({ ok: false, error: { code: 'permission_denied', detail: expect.stringContaining('does not say who may') } });
        expect(await give('no-such-command', {})).toMatchObject({ ok: false, error: { code: 'validation_failed' } });
      });
    }
  });

  it('refuse each key whose one scope does not open them, whatever they would answer', async () => {
    const wrong: string[] = [];
    for (const scope of SCOPES) {
      const { key } = await makeKey(gateway, [scope]);
      const walk = (door: string) => async (give: Give) => {
        for (const name of COMMAND_NAMES) {
          const allowed = may({ scopes: new Set<Scope>([scope]) }, COMMAND_PERMISSIONS[name]);
          const { error } = await give(name, PAYLOADS[name] ?? {});
          if ((error?.code === 'permission_denied') === allowed) wrong.push(`${door} ${scope}: ${name} answered ${error?.code ?? 'ok'}`);
        }
      };
      await bySocketIo(key, walk('socketio'));
      // The other door lets nobody in who may do nothing behind it.
      if (['messages', 'sessions:read', 'sessions:write', 'admin'].includes(scope)) await byWebSocket(key, walk('websocket'));
    }
    expect(wrong).toEqual([]);
  });

  it('stand in the matrix, each in a row of its own', () => {
    const page = permissionMatrix([]);
    for (const name of COMMAND_NAMES) expect(page.split('\n').filter((line) => line.startsWith(`| ${name} |`)), name).toHaveLength(1);
  });
});
