import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChannelRegistry } from '../../../src/gateway/channel-registry.js';
import { awakeTime } from '../../support/awake-time.js';
import { startGateway, type StartedGateway } from '../../support/start-gateway.js';
import { call, makeKey } from './caller.js';
import { ScriptedAgent } from './scripted-agent.js';
import { SseReader } from './sse-reader.js';

const agent = new ScriptedAgent();
let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway({}, { agents: [agent] });
});
afterAll(() => gateway.stop());

async function makeSession(body: object = {}, key?: string): Promise<string> {
  const answer = await call(gateway, 'POST', '/api/v1/sessions', { body: { agent: 'scripted', ...body }, ...(key === undefined ? {} : { key }) });
  expect(answer.status).toBe(201);
  return String(answer.body['id']);
}

async function say(sessionId: string, content: string): Promise<void> {
  const answer = await call(gateway, 'POST', '/api/v1/messages', { body: { sessionId, content }, headers: { prefer: 'wait=30' } });
  expect(answer.status).toBe(200);
}

describe('sessions', () => {
  test('are made, read, changed and deleted', async () => {
    const made = await call(gateway, 'POST', '/api/v1/sessions', { body: { title: 'First', metadata: { a: 'b' } } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ owner: { kind: 'key' }, title: 'First', agent: 'concierge', lastSeq: 0, metadata: { a: 'b' } });
    const path = `/api/v1/sessions/${String(made.body['id'])}`;
    expect(made.headers.get('location')).toBe(path);
    expect((await call(gateway, 'GET', path)).body).toEqual(made.body);
    const changed = await call(gateway, 'PATCH', path, { body: { title: null, agent: 'scripted', metadata: {} } });
    expect(changed.body).toMatchObject({ agent: 'scripted', metadata: {} });
    expect(changed.body).not.toHaveProperty('title');
    const gone = await call(gateway, 'DELETE', path);
    expect({ status: gone.status, body: gone.body }).toEqual({ status: 204, body: {} });
    expect((await call(gateway, 'GET', path)).status).toBe(404);
    expect((await call(gateway, 'DELETE', path)).status).toBe(404);
  });

  test('one can be made with no body at all', async () => {
    expect((await call(gateway, 'POST', '/api/v1/sessions')).status).toBe(201);
  });

  test('unknown fields in a change are validation_failed and change nothing', async () => {
    const id = await makeSession({ title: 'Stays' });
    expect((await call(gateway, 'PATCH', `/api/v1/sessions/${id}`, { body: { title: 'x', owner: 'me' } })).status).toBe(400);
    expect((await call(gateway, 'GET', `/api/v1/sessions/${id}`)).body['title']).toBe('Stays');
  });

  test('are listed newest first in pages, each once', async () => {
    const { key } = await makeKey(gateway);
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.unshift(await makeSession({}, key));
    const listed: unknown[] = [];
    let cursor: unknown = '';
    do {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(String(cursor))}`;
      const { body } = await call(gateway, 'GET', `/api/v1/sessions?limit=2${query}`, { key });
      listed.push(...(body['items'] as { id: string }[]).map(({ id }) => id));
      cursor = body['nextCursor'];
    } while (cursor !== null);
    expect(listed).toEqual(made);
  });

  test('messages of a session are listed in order of acceptance', async () => {
    const id = await makeSession();
    await say(id, 'one');
    await say(id, 'two');
    const { body } = await call(gateway, 'GET', `/api/v1/sessions/${id}/messages`);
    expect((body['items'] as { content: string }[]).map(({ content }) => content)).toEqual(['one', 'two']);
    expect(body['nextCursor']).toBeNull();
  });

  test('what belongs to somebody else is not_found on every route', async () => {
    const session = await makeSession();
    const { body } = await call(gateway, 'POST', '/api/v1/messages', { body: { sessionId: session, content: 'mine' } });
    const message = String(body['messageId']);
    const { key } = await makeKey(gateway);
    const attempts: [string, string, object?][] = [
      ['GET', `/api/v1/sessions/${session}`],
      ['PATCH', `/api/v1/sessions/${session}`, { title: 'x' }],
      ['DELETE', `/api/v1/sessions/${session}`],
      ['GET', `/api/v1/sessions/${session}/messages`],
      ['GET', `/api/v1/sessions/${session}/events`],
      ['GET', `/api/v1/messages/${message}`],
      ['POST', `/api/v1/messages/${message}/cancel`],
      ['POST', '/api/v1/messages', { sessionId: session, content: 'x' }],
      ['POST', '/api/v1/chat/stream', { sessionId: session, content: 'x' }],
    ];
    for (const [method, path, payload] of attempts) {
      const answer = await call(gateway, method, path, { key, ...(payload === undefined ? {} : { body: payload }) });
      expect({ method, path, status: answer.status, code: answer.body['code'] }).toEqual({ method, path, status: 404, code: 'not_found' });
    }
  });
});

describe('GET /api/v1/sessions/{id}/events', () => {
  const events = (id: string, query = '', headers: Record<string, string> = {}) =>
    SseReader.open(gateway, 'GET', `/api/v1/sessions/${id}/events${query}`, { headers });

  test('tells from the beginning with after=0, and goes on live without a gap', async () => {
    const id = await makeSession();
    await say(id, 'one');
    const stream = await events(id, '?after=0');
    expect((await stream.until('turn-completed')).map(({ id: seq }) => seq)).toEqual(['1', '2', '3']);
    await say(id, 'two');
    const live = (await stream.until('turn-completed')).filter(({ id: seq }) => seq !== undefined);
    expect(live.map(({ id: seq }) => seq)).toEqual(['4', '5', '6']);
    stream.close();
  });

  test('without after it tells live events only', async () => {
    const id = await makeSession();
    await say(id, 'one');
    const stream = await events(id);
    await say(id, 'two');
    expect((await stream.next())?.id).toBe('4');
    stream.close();
  });

  test('Last-Event-ID resumes behind the last event seen, and counts more than after', async () => {
    const id = await makeSession();
    await say(id, 'one');
    await say(id, 'two');
    const stream = await events(id, '?after=0', { 'last-event-id': '4' });
    expect((await stream.until('turn-completed')).map(({ id: seq }) => seq)).toEqual(['5', '6']);
    stream.close();
  });

  test('a running turn is caught up by one delta from the beginning of its text', async () => {
    const id = await makeSession();
    const first = await events(id);
    await call(gateway, 'POST', '/api/v1/messages', { body: { sessionId: id, content: 'hold' } });
    await first.until('text-delta');
    const late = await events(id, '?after=0');
    const caughtUp = await late.until('text-delta');
    expect(caughtUp.map(({ event }) => event)).toEqual(['message-accepted', 'turn-started', 'text-delta']);
    expect(caughtUp.at(-1)?.data).toMatchObject({ offset: 0, text: 'wait' });
    expect(caughtUp.at(-1)?.id).toBeUndefined();
    agent.release();
    expect((await late.until('turn-completed')).at(-1)?.data).toMatchObject({ content: 'waited' });
    first.close();
    late.close();
  });

  test('a place that no event can have is validation_failed', async () => {
    const id = await makeSession();
    for (const [query, headers] of [['?after=x', {}], ['?after=-1', {}], ['?after=1&after=2', {}], ['', { 'last-event-id': 'abc' }]] as const) {
      const answer = await call(gateway, 'GET', `/api/v1/sessions/${id}/events${query}`, { headers });
      expect({ query, status: answer.status }).toEqual({ query, status: 400 });
    }
  });

  test('ends behind session-deleted', async () => {
    const id = await makeSession();
    await say(id, 'one');
    const stream = await events(id);
    await call(gateway, 'DELETE', `/api/v1/sessions/${id}`);
    expect((await stream.rest()).map(({ event }) => event)).toEqual(['session-deleted']);
  });

  test('takes a ticket in the address, once', async () => {
    const id = await makeSession();
    const { body } = await call(gateway, 'POST', '/api/v1/tickets', { body: { userId: 'ada', sessionIds: [id] } });
    const path = `/api/v1/sessions/${id}/events?ticket=${String(body['ticket'])}`;
    const stream = await SseReader.open(gateway, 'GET', path, { key: null });
    expect(stream.response.status).toBe(200);
    stream.close();
    expect((await call(gateway, 'GET', path, { key: null })).status).toBe(401);
    const other = await call(gateway, 'POST', '/api/v1/tickets', { body: { userId: 'ada' } });
    expect((await call(gateway, 'GET', `/api/v1/sessions?ticket=${String(other.body['ticket'])}`, { key: null })).status).toBe(401);
  });

  test('ends within a second when its key is revoked', async () => {
    const { id: keyId, key } = await makeKey(gateway);
    const id = await makeSession({}, key);
    const stream = await SseReader.open(gateway, 'GET', `/api/v1/sessions/${id}/events`, { key });
    const sinceRevoked = awakeTime();
    await call(gateway, 'DELETE', `/api/v1/keys/${keyId}`);
    expect((await stream.rest()).at(-1)).toMatchObject({ event: 'connection-closing', data: { error: { code: 'unauthenticated' } } });
    expect(sinceRevoked()).toBeLessThan(1000);
  });

  test('HEAD answers the headers and ends', async () => {
    const id = await makeSession();
    const answer = await call(gateway, 'HEAD', `/api/v1/sessions/${id}/events`);
    expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({ status: 200, type: 'text/event-stream; charset=utf-8' });
  });
});

describe('the channel http', () => {
  test('refuses while it is stopped, ends its streams, and serves again once started', async () => {
    const registry = gateway.app.get(ChannelRegistry);
    const id = await makeSession();
    const stream = await SseReader.open(gateway, 'GET', `/api/v1/sessions/${id}/events`);
    await registry.stop('http');
    expect((await stream.rest()).map(({ event }) => event)).toEqual(['connection-closing']);
    for (const [method, path] of [['GET', `/api/v1/sessions/${id}`], ['POST', '/api/v1/messages'], ['GET', `/api/v1/sessions/${id}/events`]] as const) {
      const answer = await call(gateway, method, path, method === 'POST' ? { body: { content: 'x' } } : {});
      expect({ path, status: answer.status, code: answer.body['code'] }).toEqual({ path, status: 503, code: 'overloaded' });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await registry.start('http');
    expect((await call(gateway, 'GET', `/api/v1/sessions/${id}`)).status).toBe(200);
  });
});
