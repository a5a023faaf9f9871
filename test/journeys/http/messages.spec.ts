import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { call, makeKey, request, type CallOptions } from './caller.js';
import { ScriptedAgent } from './scripted-agent.js';
import { SseReader } from './sse-reader.js';

const agent = new ScriptedAgent();
let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway({}, { agents: [agent] });
});
afterAll(() => gateway.stop());

const send = (body: object, options: CallOptions = {}) =>
  call(gateway, 'POST', '/api/v1/messages', { ...options, body: { agent: 'scripted', ...body } });

async function ended(messageId: unknown): Promise<Record<string, unknown>> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { body } = await call(gateway, 'GET', `/api/v1/messages/${String(messageId)}`);
    if (body['endedAt'] !== undefined) return body;
    if (Date.now() > deadline) throw new Error(`no end: ${JSON.stringify(body)}`);
  }
}

describe('POST /api/v1/messages', () => {
  test('answers 202 once the message is kept, and its reply can be read later', async () => {
    const { status, headers, body } = await send({ content: 'hello' });
    expect(status).toBe(202);
    expect(body).toEqual({
      messageId: expect.any(String),
      turnId: expect.any(String),
      sessionId: expect.any(String),
      seq: 1,
      duplicate: false,
      status: expect.stringMatching(/^(queued|running)$/),
    });
    expect(headers.get('server-timing')).toMatch(/^gateway;dur=\d+\.\d+$/);
    expect(headers.get('ratelimit')).toContain('r=');
    expect(headers.get('ratelimit-policy')).toContain('q=');
    for (const name of ['limit', 'remaining', 'reset']) expect(headers.get(`x-ratelimit-${name}`)).toMatch(/^\d+$/);
    expect(headers.get('preference-applied')).toBeNull();
    const message = await ended(body['messageId']);
    expect(message).toMatchObject({
      id: body['messageId'],
      sessionId: body['sessionId'],
      turnId: body['turnId'],
      seq: 1,
      channel: 'http',
      content: 'hello',
      status: 'completed',
      reply: { content: 'hello' },
    });
  });

  test('the same Idempotency-Key is the same message, and another content under it is a conflict', async () => {
    const headers = { 'idempotency-key': 'once-1' };
    const first = await send({ content: 'one' }, { headers });
    const again = await send({ content: 'one' }, { headers });
    expect(again.status).toBe(202);
    expect(again.body).toMatchObject({ messageId: first.body['messageId'], duplicate: true });
    const byBody = await send({ content: 'one', id: 'once-1' });
    expect(byBody.body).toMatchObject({ messageId: first.body['messageId'], duplicate: true });
    const conflict = await send({ content: 'two' }, { headers });
    expect(conflict.status).toBe(422);
    expect(conflict.body['code']).toBe('idempotency_conflict');
  });

  test('an Idempotency-Key that differs from the id, or is too long, is validation_failed', async () => {
    for (const key of ['other', 'x'.repeat(129)]) {
      const { status, body } = await send({ content: 'x', ...(key === 'other' ? { id: 'mine' } : {}) }, { headers: { 'idempotency-key': key } });
      expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'validation_failed' });
    }
    expect((await send({ content: 'x' }, { headers: { 'idempotency-key': 'y'.repeat(128) } })).status).toBe(202);
  });

  test('an unknown agent or session is not_found and makes nothing', async () => {
    const { key } = await makeKey(gateway);
    expect((await send({ content: 'x', agent: 'nobody' }, { key })).status).toBe(404);
    expect((await send({ content: 'x', sessionId: '01a00000-0000-7000-8000-000000000000' }, { key })).status).toBe(404);
    expect((await call(gateway, 'GET', '/api/v1/sessions', { key })).body).toEqual({ items: [], nextCursor: null });
  });

  test('a limit that is used up is rate_limited with Retry-After and the limits', async () => {
    const { body } = await call(gateway, 'POST', '/api/v1/keys', {
      body: { name: 'small', scopes: ['messages'], limits: { messagesPerMinute: 1 } },
    });
    const key = String(body['key']);
    expect((await send({ content: 'x' }, { key })).status).toBe(202);
    const refused = await send({ content: 'x' }, { key });
    expect({ status: refused.status, code: refused.body['code'] }).toEqual({ status: 429, code: 'rate_limited' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.body['retryAfterMs']).toEqual(expect.any(Number));
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
  });
});

describe('Prefer: wait', () => {
  const wait = (seconds: number | string) => ({ headers: { prefer: `wait=${seconds}` } });

  test('a turn that completes in time is answered with its reply', async () => {
    const { status, headers, body } = await send({ content: 'hello' }, wait(30));
    expect(status).toBe(200);
    expect(headers.get('preference-applied')).toBe('wait=30');
    expect(headers.get('server-timing')).toMatch(/^gateway;dur=/);
    expect(body).toMatchObject({ seq: 1, status: 'completed', reply: { content: 'hello', meta: { agent: 'scripted', phase: null } } });
  });

  test('a turn that fails is answered with its problem, and says which message it was and how far it came', async () => {
    const { status, headers, body } = await send({ content: 'fail' }, wait(30));
    expect(status).toBe(502);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ code: 'provider_error', status: 502, partial: 'half of it', seq: 1, requestId: headers.get('x-request-id') });
    for (const id of ['messageId', 'turnId', 'sessionId']) expect(body[id]).toEqual(expect.any(String));
  });

  test('a turn that is cancelled is answered with 409', async () => {
    const waiting = send({ content: 'hold', id: 'cancelled-1' }, wait(30));
    const { body } = await send({ content: 'hold', id: 'cancelled-1' });
    const cancelled = await call(gateway, 'POST', `/api/v1/messages/${String(body['messageId'])}/cancel`);
    expect({ status: cancelled.status, body: cancelled.body }).toEqual({ status: 200, body: { state: 'cancelled' } });
    const answer = await waiting;
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'cancelled', messageId: body['messageId'], turnId: body['turnId'] });
    const again = await call(gateway, 'POST', `/api/v1/messages/${String(body['messageId'])}/cancel`, { body: {} });
    expect(again.body).toEqual({ state: 'cancelled' });
  });

  test('a turn that takes longer is answered with 202 and goes on', async () => {
    const { status, headers, body } = await send({ content: 'hold' }, wait(1));
    expect(status).toBe(202);
    expect(headers.get('preference-applied')).toBe('wait=1');
    expect(body['status']).toBe('running');
    agent.release();
    expect(await ended(body['messageId'])).toMatchObject({ status: 'completed', reply: { content: 'waited' } });
  });

  test('waiting again for an ended turn answers at once with the first result', async () => {
    await send({ content: 'fine', id: 'wait-twice' }, wait(30));
    const again = await send({ content: 'fine', id: 'wait-twice' }, wait(30));
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ duplicate: true, reply: { content: 'fine' } });
  });

  test('more than 60 seconds is 60, and what is malformed is ignored', async () => {
    for (const long of [600, '99999999999999999999']) {
      expect((await send({ content: 'x' }, wait(long))).headers.get('preference-applied')).toBe('wait=60');
    }
    for (const prefer of ['wait', 'wait=', 'wait=-1', 'wait=soon', 'respond-async']) {
      const { status, headers } = await send({ content: 'x' }, { headers: { prefer } });
      expect({ status, applied: headers.get('preference-applied') }).toEqual({ status: 202, applied: null });
    }
    expect((await send({ content: 'x' }, { headers: { prefer: 'respond-async, wait="5"' } })).status).toBe(200);
  });

  test('hanging up cancels nothing', async () => {
    const hangUp = new AbortController();
    const body = { agent: 'scripted', content: 'hold', id: 'hung-up' };
    const waiting = fetch(`${gateway.url}/api/v1/messages`, { ...request('POST', { body, headers: { prefer: 'wait=30' } }), signal: hangUp.signal });
    const { body: kept } = await send({ content: 'hold', id: 'hung-up' });
    hangUp.abort();
    await expect(waiting).rejects.toThrow();
    agent.release();
    expect(await ended(kept['messageId'])).toMatchObject({ status: 'completed', reply: { content: 'waited' } });
  });
});

describe('POST /api/v1/chat/stream', () => {
  const open = (body: object) => SseReader.open(gateway, 'POST', '/api/v1/chat/stream', { body: { agent: 'scripted', ...body } });

  test('tells the turn from message-accepted to its end, then ends', async () => {
    const stream = await open({ content: 'hello' });
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
    expect(stream.response.headers.get('x-request-id')).toEqual(expect.any(String));
    expect(stream.response.headers.get('ratelimit')).toContain('r=');
    expect(stream.response.headers.get('server-timing')).toContain('gateway;dur=');
    const events = await stream.rest();
    const stored = events.filter(({ id }) => id !== undefined);
    expect(stored.map(({ event }) => event)).toEqual(['message-accepted', 'turn-started', 'turn-completed']);
    expect(stored.map(({ id }) => id)).toEqual(['1', '2', '3']);
    for (const { id, event, data } of stored) expect(data).toMatchObject({ type: event, seq: Number(id) });
    const deltas = events.filter(({ event }) => event === 'text-delta');
    expect(deltas.length).toBeGreaterThan(0);
    expect(deltas.map(({ data }) => data['text']).join('')).toBe('hello');
  });

  test('a turn that fails or is cancelled ends it as well', async () => {
    expect((await (await open({ content: 'fail' })).rest()).at(-1)).toMatchObject({ event: 'turn-failed', data: { partial: 'half of it' } });
    const stream = await open({ content: 'hold' });
    const [accepted] = await stream.until('text-delta');
    await call(gateway, 'POST', `/api/v1/messages/${String(accepted?.data['messageId'])}/cancel`);
    expect((await stream.rest()).at(-1)).toMatchObject({ event: 'turn-cancelled', data: { by: { kind: 'key' } } });
  });

  test('a message sent twice is told again from its beginning', async () => {
    const first = await (await open({ content: 'told', id: 'told-twice' })).rest();
    const again = await (await open({ content: 'told', id: 'told-twice' })).rest();
    const ids = (events: typeof first) => events.filter(({ id }) => id !== undefined).map(({ data }) => data);
    expect(ids(again)).toEqual(ids(first));
  });

  test('hears nothing of other turns in its session', async () => {
    const stream = await open({ content: 'hold' });
    const [accepted] = await stream.until('text-delta');
    const sessionId = accepted?.data['sessionId'];
    await send({ content: 'later', sessionId });
    agent.release();
    const turns = new Set((await stream.rest()).map(({ data }) => data['turnId']));
    expect(turns).toEqual(new Set([accepted?.data['turnId']]));
  });

  test('what is refused is a plain problem', async () => {
    const { status, headers, body } = await call(gateway, 'POST', '/api/v1/chat/stream', { body: { content: 'x', agent: 'nobody' } });
    expect({ status, code: body['code'] }).toEqual({ status: 404, code: 'not_found' });
    expect(headers.get('content-type')).toContain('application/problem+json');
  });

  test('hanging up cancels nothing', async () => {
    const stream = await open({ content: 'hold' });
    const [accepted] = await stream.until('text-delta');
    stream.close();
    agent.release();
    expect(await ended(accepted?.data['messageId'])).toMatchObject({ status: 'completed' });
  });
});
