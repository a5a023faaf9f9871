import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { call, request } from './caller.js';
import { SseReader } from './sse-reader.js';

const HALF_THE_WAIT_MS = 30_000;

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** A message that was answered, and whose session is gone. */
async function answeredAndDeleted(id: string): Promise<{ message: { id: string; content: string }; first: Record<string, unknown> }> {
  const message = { id, content: '/echo soon forgotten' };
  const { status, body: first } = await call(gateway, 'POST', '/api/v1/messages', { body: message, headers: { prefer: 'wait=60' } });
  expect(status).toBe(200);
  expect((await call(gateway, 'DELETE', `/api/v1/sessions/${String(first['sessionId'])}`)).status).toBe(204);
  return { message, first };
}

test('a stream of a message whose session was deleted ends, as no event of it will come', async () => {
  const { message } = await answeredAndDeleted('streamed-again');
  const stream = await SseReader.open(gateway, 'POST', '/api/v1/chat/stream', { body: message });
  expect(stream.response.status).toBe(200);
  expect(await stream.rest()).toEqual([]);
});

test('nobody waits for a reply that was deleted: the first result comes at once', async () => {
  const { message, first } = await answeredAndDeleted('waited-again');
  const init = request('POST', { body: message, headers: { prefer: 'wait=60' } });
  const again = await fetch(`${gateway.url}/api/v1/messages`, { ...init, signal: AbortSignal.timeout(HALF_THE_WAIT_MS) });
  expect(again.status).toBe(202);
  expect(await again.json()).toEqual({
    messageId: first['messageId'],
    turnId: first['turnId'],
    sessionId: first['sessionId'],
    seq: 1,
    duplicate: true,
    status: 'completed',
  });
});
