import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ParleyClient, ParleySocket, readEvents, UnreachableError } from '#libs/client';
import type { GatewayEvent } from '#libs/contracts';
import { GatedAgent } from '../../support/scripted-agent.js';
import { ADMIN_KEY, startGateway } from '../../support/start-gateway.js';
import { CutProxy } from './cut-proxy.js';

afterEach(() => vi.useRealTimers());

async function collect(events: AsyncIterable<GatewayEvent>, heard: (event: GatewayEvent) => void): Promise<void> {
  for await (const event of events) heard(event);
}

describe('reading events', () => {
  it('throws UnreachableError when the connection is cut in the middle of an answer, and what the caller threw at it when they aborted', async () => {
    const gateway = await startGateway({}, { agents: [new GatedAgent('gated', 'begun', 'never')] });
    onTestFinished(() => gateway.stop());
    const proxy = await CutProxy.before(gateway.url);
    onTestFinished(() => proxy.close());
    const client = new ParleyClient({ url: proxy.url, apiKey: ADMIN_KEY });
    const message = { content: 'go', agent: 'gated' };
    await expect(collect(client.stream(message), ({ type }) => type === 'text-delta' && proxy.cut())).rejects.toBeInstanceOf(UnreachableError);
    const hangUp = new AbortController();
    const enough = new Error('enough');
    await expect(collect(client.stream(message, hangUp.signal), ({ type }) => type === 'text-delta' && hangUp.abort(enough))).rejects.toBe(enough);
  });

  it('throws UnreachableError for what is no event', async () => {
    await expect(collect(readEvents(new Response('data: half an ev\n\n')), () => undefined)).rejects.toBeInstanceOf(UnreachableError);
    await expect(collect(readEvents(new Response('data: 7\n\n')), () => undefined)).rejects.toBeInstanceOf(UnreachableError);
  });

  it('reads characters and lines that arrive in pieces', async () => {
    const bytes = new TextEncoder().encode(': hello\r\ndata: {"type":"text-delta",\r\ndata:"text":"💬"}\r\n\r\n');
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const heard: GatewayEvent[] = [];
    await collect(readEvents(new Response(pieces)), (event) => heard.push(event));
    expect(heard).toEqual([{ type: 'text-delta', text: '💬' }]);
  });

  it('gives up a connection on which nothing comes for a minute, not even a comment', async () => {
    vi.useFakeTimers();
    let write: (text: string) => void = () => undefined;
    const silent = new ReadableStream<Uint8Array>({ start: (controller) => void (write = (text) => controller.enqueue(new TextEncoder().encode(text))) });
    const read = collect(readEvents(new Response(silent)), () => undefined);
    const settled = vi.fn();
    read.then(settled, settled);
    await vi.advanceTimersByTimeAsync(50_000);
    write(': still here\n\n');
    await vi.advanceTimersByTimeAsync(50_000);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(11_000);
    await expect(read).rejects.toBeInstanceOf(UnreachableError);
  });

  it('of a socket goes on where another loop over its events left off', async () => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.stop());
    const socket = new ParleySocket({ url: gateway.url, credential: { apiKey: ADMIN_KEY } });
    onTestFinished(() => socket.close());
    const { sessionId } = await socket.send({ content: '/echo one' });
    await new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY }).send({ content: '/echo two' }, { waitSeconds: 30 });
    const types: string[] = [];
    for (let ended = false; !ended; ) {
      for await (const event of socket.events) {
        if ('sessionId' in event && event.sessionId === sessionId) types.push(event.type);
        ended = event.type === 'turn-completed';
        break;
      }
    }
    expect(types).toEqual(['message-accepted', 'turn-started', 'text-delta', 'turn-completed']);
  });
});
