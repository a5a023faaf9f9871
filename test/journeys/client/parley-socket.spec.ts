import { describe, expect, it, onTestFinished } from 'vitest';
import { ParleyClient, ParleySocket, ProblemError, UnreachableError, type SocketOptions } from '#libs/client';
import { DoorsState } from '../../../src/gateway/doors-state.js';
import { GatedAgent } from '../../support/scripted-agent.js';
import { ADMIN_KEY, startGateway } from '../../support/start-gateway.js';
import { CutProxy } from './cut-proxy.js';
import { Heard } from './heard.js';

const WITHIN = { timeout: 30_000, interval: 20 };

async function started(...args: Parameters<typeof startGateway>) {
  const gateway = await startGateway(...args);
  onTestFinished(() => gateway.stop());
  return gateway;
}

async function proxied(url: string): Promise<CutProxy> {
  const proxy = await CutProxy.before(url);
  onTestFinished(() => proxy.close());
  return proxy;
}

function socketTo(url: string, more: Partial<SocketOptions> = {}) {
  const socket = new ParleySocket({ url, credential: { apiKey: ADMIN_KEY }, ...more });
  onTestFinished(() => socket.close());
  return { socket, heard: new Heard(socket) };
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

describe('ParleySocket', () => {
  it('hears a turn to its end over a cut in the middle, each stored event once, without having joined', async () => {
    const agent = new GatedAgent('gated', 'half ', 'whole');
    const gateway = await started({}, { agents: [agent] });
    const proxy = await proxied(gateway.url);
    const { socket, heard } = socketTo(proxy.url);
    const { sessionId } = await socket.send({ content: 'go', agent: 'gated' });
    await expect.poll(() => heard.of('text-delta').length, WITHIN).toBe(1);
    proxy.cut();
    await expect.poll(() => heard.of('connected').length, WITHIN).toBe(2);
    agent.open();
    await expect.poll(() => heard.of('turn-completed').map(({ content }) => content), WITHIN).toEqual(['half whole']);
    expect(heard.seqs(sessionId)).toEqual(upTo(3));
  });

  it('gives each event of a joined session once and in order while its connection is cut again and again', async () => {
    const gateway = await started();
    const proxy = await proxied(gateway.url);
    const { socket: writer } = socketTo(gateway.url);
    const { socket, heard } = socketTo(proxy.url);
    const { sessionId } = await writer.send({ content: '/echo 0' });
    await socket.join(sessionId, 0);
    for (let round = 1; round <= 5; round += 1) {
      const sent = Promise.all([1, 2, 3].map((n) => writer.send({ sessionId, content: `/echo ${round}.${n}` })));
      proxy.cut();
      await sent;
      await expect.poll(() => heard.seqs(sessionId).length, WITHIN).toBe(3 + round * 9);
    }
    expect(heard.seqs(sessionId)).toEqual(upTo(48));
  });

  it('sends what was not acknowledged again with the same id, so that it is answered once', async () => {
    const gateway = await started();
    const proxy = await proxied(gateway.url);
    const { socket, heard } = socketTo(proxy.url);
    await expect.poll(() => socket.connected, WITHIN).toBe(true);
    const sends = Array.from({ length: 10 }, (_, n) => {
      if (n === 5) proxy.cut();
      return socket.send({ content: `/echo ${n}` });
    });
    const accepted = await Promise.all(sends);
    await expect.poll(() => heard.of('turn-completed').length, WITHIN).toBe(10);
    expect(new Set(accepted.map(({ sessionId }) => sessionId)).size).toBe(10);
    const { items } = await new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY }).sessions();
    expect(items).toHaveLength(10);
  });

  it('survives a restart of the gateway, with a ticket that worked only once, and finds what happened', async () => {
    const before = await startGateway();
    const proxy = await proxied(before.url);
    const client = new ParleyClient({ url: before.url, apiKey: ADMIN_KEY });
    const { ticket } = await client.createTicket({ userId: 'ann' });
    const { socket, heard } = socketTo(proxy.url, { credential: { ticket } });
    const { sessionId } = await socket.send({ content: '/echo before' });
    await socket.join(sessionId);
    await expect.poll(() => heard.of('turn-completed').length, WITHIN).toBe(1);
    await before.stop({ keepData: true });
    const sent = socket.send({ sessionId, content: '/echo after' });
    const after = await started({}, { dataDir: before.dataDir });
    proxy.target = after.url;
    expect(await sent).toMatchObject({ duplicate: false, sessionId });
    await expect.poll(() => heard.of('turn-completed').map(({ content }) => content), WITHIN).toEqual(['before', 'after']);
    expect(heard.seqs(sessionId)).toEqual(upTo(6));
    expect(heard.of('connected').at(-1)?.principal.id).toBe('ann');
  });

  it('ends with the problem when it is refused for good', async () => {
    const gateway = await started();
    const { socket, heard } = socketTo(gateway.url, { credential: { apiKey: 'wrong' } });
    await expect(socket.send({ content: 'hello' })).rejects.toMatchObject({ problem: { code: 'unauthenticated' } });
    await heard.done;
    expect(heard.error).toBeInstanceOf(ProblemError);
  });

  it('gives up in time when nobody answers', async () => {
    const { socket } = socketTo('http://127.0.0.1:9', { connectWithinMs: 300 });
    await expect(socket.send({ content: 'hello' })).rejects.toBeInstanceOf(UnreachableError);
  });

  it('gives up at once, with the reason, when the gateway says to come back later than it waits', async () => {
    const gateway = await started();
    const told = { code: 'overloaded', detail: 'closed for the day', retryAfterMs: 86_400_000 } as const;
    gateway.app.get(DoorsState).close(told);
    await expect(socketTo(gateway.url, { connectWithinMs: 600_000 }).socket.send({ content: 'hello' })).rejects.toMatchObject({ problem: told });
  });

  it('rejects a refused command with its problem and goes on', async () => {
    const gateway = await started();
    const { socket } = socketTo(gateway.url);
    await expect(socket.join('0198c0de-0000-7000-8000-000000000000')).rejects.toMatchObject({ problem: { code: 'not_found' } });
    expect(await socket.send({ content: '/echo fine' })).toMatchObject({ duplicate: false });
  });
});
