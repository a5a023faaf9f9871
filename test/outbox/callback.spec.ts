import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { api, textOf } from './api.js';
import { eventually } from './eventually.js';
import { Receiver, type Call } from './receiver.js';

describe('the outward channel callback', () => {
  let gateway: StartedGateway;
  let receiver: Receiver;

  beforeAll(async () => {
    gateway = await startGateway({ ALLOW_LOOPBACK_EGRESS: 'true' });
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    receiver = await Receiver.open();
  });
  afterEach(() => receiver.close());

  const send = (to: string, content: unknown = 'hello', headers: Record<string, string> = {}) =>
    api(gateway, 'POST', '/api/v1/channels/callback/send', { to, content }, { headers });
  const delivery = async (id: unknown) => (await api(gateway, 'GET', `/api/v1/deliveries/${textOf(id)}`)).body;
  const inState = (id: unknown, state: string, withinMs?: number) => eventually(() => delivery(id), (body) => body['state'] === state, withinMs);
  const verified = (secret: unknown, call: Call | undefined): Record<string, unknown> => {
    if (call === undefined) throw new Error('expected a call');
    return new Webhook(textOf(secret)).verify(call.body, call.headers as Record<string, string>) as Record<string, unknown>;
  };

  it('posts a message of the gateway\'s own accord, signed as Standard Webhooks wants it', async () => {
    const { status, body } = await send(receiver.url());
    expect(status).toBe(202);
    expect(body).toEqual({ deliveryId: expect.any(String), state: 'pending', duplicate: false, secret: expect.stringMatching(/^whsec_.{44}$/) });
    const [call] = await receiver.called(1);
    expect(call?.headers).toMatchObject({ 'webhook-id': body['deliveryId'], 'idempotency-key': body['deliveryId'], 'content-type': 'application/json' });
    expect(verified(body['secret'], call)).toEqual({
      type: 'message-sent',
      timestamp: expect.any(String),
      data: { type: 'message-sent', at: expect.any(String), deliveryId: body['deliveryId'], content: 'hello' },
    });
    expect(await inState(body['deliveryId'], 'delivered')).toMatchObject({ attempts: 1, channel: 'callback', to: receiver.url() });
  });

  it('tells the secret of an address once, and a new one on demand', async () => {
    const first = await send(receiver.url());
    const second = await send(receiver.url());
    expect(second.body).not.toHaveProperty('secret');
    const calls = await receiver.called(2);
    for (const call of calls) verified(first.body['secret'], call);
    const renewed = await api(gateway, 'POST', '/api/v1/channels/callback/secrets', { url: receiver.url() });
    expect(renewed.status).toBe(201);
    await send(receiver.url());
    const [, , third] = await receiver.called(3);
    verified(renewed.body['secret'], third);
    expect(() => verified(first.body['secret'], third)).toThrow(/No matching signature/);
    const ahead = await api(gateway, 'POST', '/api/v1/channels/callback/secrets', { url: receiver.url('/ahead') });
    const fourth = await send(receiver.url('/ahead'));
    expect(fourth.body).not.toHaveProperty('secret');
    verified(ahead.body['secret'], (await receiver.called(4))[3]);
    expect((await api(gateway, 'POST', '/api/v1/channels/callback/secrets', { url: 'https://10.0.0.1/' })).body['code']).toBe('validation_failed');
  });

  it('posts the end of every turn of a session that has a callback', async () => {
    const session = textOf((await api(gateway, 'POST', '/api/v1/sessions', {})).body['id']);
    const path = `/api/v1/sessions/${session}/callback`;
    expect((await api(gateway, 'GET', path)).status).toBe(404);
    const set = await api(gateway, 'PUT', path, { url: receiver.url() });
    expect(set).toMatchObject({ status: 200, body: { url: receiver.url(), secret: expect.stringMatching(/^whsec_/) } });
    const shown = await api(gateway, 'GET', path);
    expect(shown.body).toEqual({ url: receiver.url(), createdAt: expect.any(String) });
    const message = await api(gateway, 'POST', '/api/v1/messages', { sessionId: session, content: '/echo to the callback' });
    const [call] = await receiver.called(1);
    const turnId = textOf(message.body['turnId']);
    expect(call?.headers).toMatchObject({ 'webhook-id': turnId, 'idempotency-key': `${turnId}:reply` });
    expect(verified(set.body['secret'], call)).toMatchObject({
      type: 'turn-completed',
      data: { type: 'turn-completed', sessionId: session, turnId, messageId: message.body['messageId'], content: 'to the callback' },
    });
    expect(await inState(turnId, 'delivered')).toMatchObject({ sessionId: session, turnId });
    expect((await api(gateway, 'DELETE', path)).status).toBe(204);
    expect((await api(gateway, 'DELETE', path)).status).toBe(404);
  });

  it('tries again after a failure, with the same id and a signature that holds', async () => {
    receiver.replies.push({ status: 500 }, { status: 503 });
    const { body } = await send(receiver.url());
    const calls = await receiver.called(3);
    expect(new Set(calls.map((call) => call.headers['webhook-id']))).toEqual(new Set([body['deliveryId']]));
    expect(new Set(calls.map((call) => call.body)).size).toBe(1);
    for (const call of calls) verified(body['secret'], call);
    expect(await inState(body['deliveryId'], 'delivered')).toMatchObject({ attempts: 3 });
  });

  it('waits as long as the receiver asks', async () => {
    receiver.replies.push({ status: 429, headers: { 'retry-after': '3' } });
    await send(receiver.url());
    const [first, second] = await receiver.called(2);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(2_950);
  });

  it.each([400, 401, 404, 410, 413])('gives up at once at HTTP %i, lists it and sends it again on demand', async (status) => {
    receiver.replies.push({ status });
    const { body } = await send(receiver.url());
    expect(await inState(body['deliveryId'], 'dead')).toMatchObject({ attempts: 1, reason: `the receiver answered HTTP ${status}` });
    const list = await api(gateway, 'GET', '/api/v1/dead-letters?limit=1');
    expect(list.body['items']).toEqual([expect.objectContaining({ id: body['deliveryId'], state: 'dead', to: receiver.url() })]);
    const again = await api(gateway, 'POST', `/api/v1/dead-letters/${textOf(body['deliveryId'])}/redrive`);
    expect(again).toMatchObject({ status: 202, body: { state: 'pending', attempts: 0 } });
    const calls = await receiver.called(2);
    expect(calls[1]?.headers['webhook-id']).toBe(calls[0]?.headers['webhook-id']);
    await inState(body['deliveryId'], 'delivered');
    expect((await api(gateway, 'POST', `/api/v1/dead-letters/${textOf(body['deliveryId'])}/redrive`)).body['code']).toBe('conflict');
  });

  it('waits 10 s for an answer, then tries again', async () => {
    receiver.replies.push('silence');
    const { body } = await send(receiver.url());
    const failed = await eventually(() => delivery(body['deliveryId']), (shown) => shown['reason'] !== undefined);
    expect(failed['reason']).toBe('no answer within 10000 ms');
    await receiver.called(2);
    await inState(body['deliveryId'], 'delivered');
  });

  it('follows no redirect', async () => {
    const elsewhere = await Receiver.open();
    receiver.replies.push({ status: 302, headers: { location: elsewhere.url() } }, { status: 307, headers: { location: elsewhere.url() } });
    for (const status of [302, 307]) {
      const { body } = await send(receiver.url());
      const dead = await inState(body['deliveryId'], 'dead');
      expect(dead['reason']).toBe(`the receiver answered HTTP ${status}; redirects are not followed`);
    }
    expect(elsewhere.calls).toEqual([]);
    await elsewhere.close();
  });

  it('sends the same message under one Idempotency-Key once, and another one never under it', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const first = await send(receiver.url(), 'once', headers);
    const second = await send(receiver.url(), 'once', headers);
    expect(second.body).toMatchObject({ deliveryId: first.body['deliveryId'], duplicate: true });
    expect((await send(receiver.url(), 'twice', headers)).body['code']).toBe('idempotency_conflict');
    await inState(first.body['deliveryId'], 'delivered');
    expect(receiver.calls).toHaveLength(1);
  });

  it('keeps deliveries while it is stopped and delivers them once it runs', async () => {
    const stopped = await api(gateway, 'POST', '/api/v1/channels/callback/stop');
    expect(stopped).toMatchObject({ status: 200, body: { name: 'callback', state: 'stopped', delivery: 'at-least-once', startedAt: null } });
    const { body, status } = await send(receiver.url());
    expect(status).toBe(202);
    const other = await api(gateway, 'POST', '/api/v1/messages', { content: '/echo still served' }, { headers: { prefer: 'wait=30' } });
    expect(other.status).toBe(200);
    expect(await delivery(body['deliveryId'])).toMatchObject({ state: 'pending', attempts: 0 });
    expect(receiver.calls).toEqual([]);
    expect(await api(gateway, 'POST', '/api/v1/channels/callback/start')).toMatchObject({ status: 200, body: { state: 'running' } });
    await receiver.called(1);
    await inState(body['deliveryId'], 'delivered');
  });

  it.each([
    ['http://192.0.2.1/', 'not a public address'],
    ['https://10.0.0.1/', 'not a public address'],
    ['https://[::ffff:169.254.169.254]/latest', 'not a public address'],
    ['https://0x0a.1/', 'not a public address'],
    ['http://example.com/', 'must begin with https://'],
    ['ftp://example.com/', 'must begin with https://'],
    ['https://user:secret@example.com/', 'must not hold a user name'],
    ['not a URL', 'is not a URL'],
  ])('refuses to send to %s', async (to, why) => {
    const { status, body } = await send(to);
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'validation_failed' });
    expect(body['errors']).toEqual([{ path: 'to', message: expect.stringContaining(why) }]);
  });

  it('says what is wrong with a send', async () => {
    const to = receiver.url();
    const codeOf = async (name: string, message: object) => (await api(gateway, 'POST', `/api/v1/channels/${name}/send`, message)).body['code'];
    expect(await codeOf('nowhere', { to, content: 'x' })).toBe('not_found');
    expect(await codeOf('socketio', { to, content: 'x' })).toBe('conflict');
    expect(await codeOf('callback', { to })).toBe('validation_failed');
    expect(await codeOf('callback', { to, content: 'x', more: 1 })).toBe('validation_failed');
    expect(await codeOf('callback', { to, content: 'x'.repeat(70_000) })).toBe('payload_too_large');
    expect((await api(gateway, 'GET', '/api/v1/deliveries/0192f6a0-0000-7000-8000-000000000000')).status).toBe(404);
  });
});
