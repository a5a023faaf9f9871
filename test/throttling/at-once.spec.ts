import type { Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { ClaimedTurn } from '#libs/ports';
import { Agent } from '../../src/orchestrator/agents/agent.js';
import type { TurnEvent } from '../../src/orchestrator/orchestrator.service.js';
import { call, makeKey } from '../auth/caller.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { enterSocketIo, enterWebSocket, leave } from './socket-callers.js';

/** Keeps its turns open until it is told to go on. */
class Patient extends Agent {
  readonly name = 'patient';
  readonly #gate = Promise.withResolvers<void>();

  release(): void {
    this.#gate.resolve();
  }

  async *run(_turn: ClaimedTurn, signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([this.#gate.promise, stopped]);
    signal.throwIfAborted();
    yield { type: 'completed', model: 'none', usage: { inputTokens: 0, outputTokens: 0 } };
  }
}

const DOORS = 25;
let agent: Patient;
let gateway: StartedGateway;
beforeAll(async () => {
  agent = new Patient();
  gateway = await startGateway({ INBOX_LIMIT: '100000' }, { agents: [agent] });
});
afterAll(async () => {
  agent.release();
  await gateway.stop();
});

/** Sends `count` messages at once, in turn over all doors; returns how many were accepted and which codes the others were refused with. */
async function flood(key: string, count: number): Promise<{ accepted: number; codes: Set<string> }> {
  const sockets: Socket[] = [];
  const plain: WebSocket[] = [];
  for (let door = 0; door < DOORS; door += 1) {
    const socket = await enterSocketIo(gateway, key);
    const other = await enterWebSocket(gateway, key);
    if (socket instanceof Error || typeof other === 'number') throw new Error('a door is shut');
    sockets.push(socket);
    plain.push(other);
  }
  const waiting = new Map<string, (answer: { ok: boolean; error?: { code: string } }) => void>();
  for (const one of plain) {
    one.on('message', (data: Buffer) => {
      const frame: { ref?: string; ok: boolean; error?: { code: string } } = JSON.parse(data.toString());
      if (frame.ref !== undefined) waiting.get(frame.ref)?.(frame);
    });
  }
  const content = 'hello';
  const say = async (index: number): Promise<string> => {
    if (index % 3 === 0) {
      const answer = await call(gateway, 'POST', '/api/v1/messages', { key, body: { content, agent: agent.name } });
      return answer.status === 202 ? 'ok' : answer.body.code;
    }
    if (index % 3 === 1) {
      const ack: { ok: boolean; error?: { code: string } } | undefined = await sockets[index % DOORS]?.timeout(60_000).emitWithAck('send-message', { content, agent: agent.name });
      return ack?.ok === true ? 'ok' : (ack?.error?.code ?? '');
    }
    const ref = `r${index}`;
    const { promise, resolve } = Promise.withResolvers<{ ok: boolean; error?: { code: string } }>();
    waiting.set(ref, resolve);
    plain[index % DOORS]?.send(JSON.stringify({ type: 'send-message', ref, content, agent: agent.name }));
    const answer = await promise;
    return answer.ok ? 'ok' : (answer.error?.code ?? '');
  };
  const answers = await Promise.all(Array.from({ length: count }, (_, index) => say(index)));
  for (const socket of [...sockets, ...plain]) await leave(socket);
  return { accepted: answers.filter((answer) => answer === 'ok').length, codes: new Set(answers.filter((answer) => answer !== 'ok')) };
}

async function tenantKey(id: string, limits: object, scopes: readonly string[] = ['messages']): Promise<string> {
  expect((await call(gateway, 'POST', '/api/v1/tenants', { body: { id, name: id, limits } })).status).toBe(201);
  return (await call(gateway, 'POST', `/api/v1/tenants/${id}/keys`, { body: { name: 'k', scopes } })).body.key;
}

describe('a limit holds exactly under a thousand calls at once over all doors together:', () => {
  it('messages of a principal', async () => {
    const { key } = await makeKey(gateway, ['messages'], { limits: { messagesPerMinute: 137 } });
    expect(await flood(key, 1000)).toEqual({ accepted: 137, codes: new Set(['rate_limited']) });
  });

  it('messages of a tenant, whichever of its principals sends them; a refused one counts for nobody', async () => {
    const first = await tenantKey('busy', { messagesPerMinute: 60 });
    const { body } = await call(gateway, 'POST', '/api/v1/tenants/busy/keys', { body: { name: 'k', scopes: ['messages'] } });
    const [one, other] = await Promise.all([flood(first, 500), flood(body.key, 500)]);
    expect(one.accepted + other.accepted).toBe(60);
    const refused = await call(gateway, 'POST', '/api/v1/messages', { key: first, body: { content: 'x' } });
    expect(refused.body).toMatchObject({ code: 'rate_limited', detail: 'too many messages of this tenant' });
    expect(refused.headers.get('ratelimit-policy')).toContain('"tenant-minute";q=60;w=60');
    expect(refused.headers.get('x-ratelimit-limit')).toBe('60');
    expect(refused.headers.get('ratelimit')).toContain(`"minute";r=${1_000_000 - one.accepted};`);
    await call(gateway, 'PATCH', '/api/v1/tenants/busy', { body: { limits: { messagesPerMinute: 61 } } });
    expect((await call(gateway, 'POST', '/api/v1/messages', { key: first, body: { content: 'x' } })).status).toBe(202);
    expect((await call(gateway, 'POST', '/api/v1/messages', { key: first, body: { content: 'x' } })).status).toBe(429);
  });

  it('turns of a principal that have not ended', async () => {
    const { key } = await makeKey(gateway, ['messages'], { limits: { turnsAtOnce: 42 } });
    expect(await flood(key, 1000)).toEqual({ accepted: 42, codes: new Set(['rate_limited']) });
  });

  it('turns of a tenant, and a turn that ends makes room for one', async () => {
    const key = await tenantKey('slow', { turnsAtOnce: 7 });
    expect((await flood(key, 1000)).accepted).toBe(7);
    const send = () => call(gateway, 'POST', '/api/v1/messages', { key, body: { content: 'x', agent: agent.name } });
    expect((await send()).body).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number), detail: '7 turns of this tenant have not ended yet' });
    const sessions = await call(gateway, 'GET', '/api/v1/sessions', { key });
    const [session] = sessions.body.items;
    const messages = await call(gateway, 'GET', `/api/v1/sessions/${session?.id}/messages`, { key });
    const cancelled = await call(gateway, 'POST', `/api/v1/messages/${messages.body.items[0]?.id}/cancel`, { key });
    expect(cancelled.status).toBe(200);
    expect((await send()).status).toBe(202);
    expect((await send()).status).toBe(429);
  });

  it('connections of a principal, sockets of both kinds and event streams together', async () => {
    const { key } = await makeKey(gateway, ['messages'], { limits: { connections: 9 } });
    const made = await call(gateway, 'POST', '/api/v1/sessions', { key });
    const events = () => fetch(`${gateway.url}/api/v1/sessions/${made.body.id}/events`, { headers: { 'x-api-key': key } });
    const answers = await Promise.all(
      Array.from({ length: 240 }, async (_, index) => {
        if (index % 3 === 0) return enterSocketIo(gateway, key);
        return index % 3 === 1 ? enterWebSocket(gateway, key) : events();
      }),
    );
    const inside = answers.filter((answer) => !(answer instanceof Error) && typeof answer !== 'number' && !(answer instanceof Response && answer.status !== 200));
    expect(inside).toHaveLength(9);
    const refused = answers.find((answer) => answer instanceof Error);
    if (refused instanceof Error) expect(refused.data).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) });
    for (const answer of answers) if (typeof answer === 'number') expect(answer).toBe(429);
    for (const one of inside) {
      if (one instanceof Response) await one.body?.cancel();
      else if (!(one instanceof Error) && typeof one !== 'number') await leave(one);
    }
    await vi.waitFor(async () => {
      const again = await enterWebSocket(gateway, key);
      expect(again).toBeInstanceOf(WebSocket);
      if (again instanceof WebSocket) await leave(again);
    }, { timeout: 30_000, interval: 100 });
  });

  it('connections of a tenant', async () => {
    const key = await tenantKey('crowd', { connections: 5 });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? enterSocketIo(gateway, key) : enterWebSocket(gateway, key))));
    const inside = answers.filter((answer) => !(answer instanceof Error) && typeof answer !== 'number');
    expect(inside).toHaveLength(5);
    for (const one of inside) if (!(one instanceof Error) && typeof one !== 'number') await leave(one);
  });
});

describe('a limit that an admin changes', () => {
  it('holds at once on sockets that are open', async () => {
    const { key, id } = await makeKey(gateway, ['messages'], { limits: { messagesPerMinute: 100 } });
    const socket = await enterSocketIo(gateway, key);
    const plain = await enterWebSocket(gateway, key);
    if (socket instanceof Error || typeof plain === 'number') throw new Error('a door is shut');
    const say = async (): Promise<string> => {
      const ack: { ok: boolean; error?: { code: string } } = await socket.timeout(60_000).emitWithAck('send-message', { content: 'x' });
      return ack.ok ? 'ok' : (ack.error?.code ?? '');
    };
    expect(await say()).toBe('ok');
    await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: { limits: { messagesPerMinute: 2 } } });
    expect(await say()).toBe('ok');
    expect(await say()).toBe('rate_limited');
    const answer = new Promise<string>((resolve) => {
      plain.on('message', (data: Buffer) => {
        const frame: { ref?: string; error?: { code: string } } = JSON.parse(data.toString());
        if (frame.ref === 'a') resolve(frame.error?.code ?? 'ok');
      });
    });
    plain.send(JSON.stringify({ type: 'send-message', ref: 'a', content: 'x' }));
    expect(await answer).toBe('rate_limited');
    await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: { limits: { messagesPerMinute: null } } });
    expect(await say()).toBe('ok');
    await Promise.all([leave(socket), leave(plain)]);
  });

  it('is refused when it is none', async () => {
    for (const limits of [{ usdPerDay: 0.0000001 }, { usdPerDay: 0 }, { turnsAtOnce: 0 }, { connections: 1.5 }, { sockets: 5 }]) {
      const answer = await call(gateway, 'POST', '/api/v1/keys', { body: { name: 'k', scopes: ['messages'], limits } });
      expect(answer.status, JSON.stringify(limits)).toBe(400);
    }
    const made = await call(gateway, 'POST', '/api/v1/keys', { body: { name: 'k', scopes: ['messages'], limits: { usdPerDay: 0.000001 } } });
    expect(made.body).toMatchObject({ limits: { usdPerDay: 0.000001, turnsAtOnce: null } });
  });
});
