import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { UnsentBudget } from '#libs/channel-sdk';
import { SseStream } from '../../../src/channels/http/sse-stream.js';
import { textDelta } from '../../../src/gateway/egress.js';
import { ada } from '../../support/callers.js';

let server: FastifyInstance;
afterEach(() => server.close());

const text = (turnId: string, offset: number, said: string) => textDelta('s', turnId, offset, said, 0);

/** What was given to the connection at each step of `tell`, in bytes, and what its reader got in the end. */
async function told(tell: (stream: SseStream, left: () => number) => void): Promise<string> {
  server = Fastify();
  server.get('/', (_request, reply: FastifyReply) => {
    const stream = new SseStream('id', ada, reply, () => false, () => undefined, new UnsentBudget());
    stream.open();
    const { socket } = reply.raw;
    tell(stream, () => (socket === null ? 0 : socket.bytesWritten - socket.writableLength));
    stream.end();
  });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  return (await fetch(url)).text();
}

it('the first text of each turn leaves at once, what comes in the same breath leaves together', async () => {
  const left: number[] = [];
  const read = await told((stream, bytes) => {
    for (const frame of [text('one', 0, 'a'), text('one', 1, 'b'), text('one', 2, 'c'), text('two', 0, 'd'), text('two', 1, 'e')]) {
      stream.deliver(frame);
      left.push(bytes());
    }
  });
  const [a = 0, b, c, d = 0, e] = left;
  expect(a).toBeGreaterThan(0);
  expect([b, c]).toEqual([a, a]);
  expect(d).toBeGreaterThan(a);
  expect(e).toBe(d);
  expect([...read.matchAll(/"text":"(.)"/g)].map(([, said]) => said).join('')).toBe('abcde');
});
