import { once } from 'node:events';
import { connect } from 'node:net';
import Fastify, { type FastifyReply } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HttpChannel } from '../../../src/channels/http/http.channel.js';
import { EventReaders } from '../../../src/control-plane/events/event-readers.js';
import { ada } from '../../support/callers.js';
import { startGateway, type StartedGateway } from '../../support/start-gateway.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** Answers a request whose sender has hung up before, as it happens to one who leaves while it is found out who they are. */
async function afterHangUp<Answer>(answer: (reply: FastifyReply) => Promise<Answer>): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const server = Fastify();
  server.get('/', async (_request, reply) => {
    sender.destroy();
    await once(reply.raw, 'close');
    await answer(reply).then(resolve, reject);
  });
  const sender = connect(Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port), '127.0.0.1');
  sender.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  try {
    return await promise;
  } finally {
    await server.close();
  }
}

test('a stream for one who has hung up is over, and is not kept among those that are open', async () => {
  const channel = gateway.app.get(HttpChannel);
  const stream = await afterHangUp(async (reply) => {
    const begun = await channel.stream(reply, ada, () => false);
    begun.open();
    await begun.closed;
    return begun;
  });
  expect(stream.gone).toBe(true);
  expect(channel.counters().connections).toBe(0);
});

test('nobody waits for a turn whose sender has hung up', async () => {
  const channel = gateway.app.get(HttpChannel);
  expect(await afterHangUp((reply) => channel.wait(reply).ended)).toBeNull();
});

test('an operator who has hung up does not read what happens in the gateway', async () => {
  await afterHangUp((reply) => gateway.app.get(EventReaders).read(reply, ada, null));
});
