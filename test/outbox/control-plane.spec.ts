import { Webhook } from 'standardwebhooks';
import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_PRINCIPAL_LIMITS } from '#libs/contracts';
import { Keys, Outbox } from '#libs/ports';
import { newApiKey } from '../../src/auth/api-key.js';
import { runCli } from '../journeys/cli/run-cli.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { api, textOf } from './api.js';
import { eventually } from './eventually.js';
import { Receiver } from './receiver.js';

describe('the control plane of channels and deliveries', () => {
  let gateway: StartedGateway;
  let receiver: Receiver;

  beforeAll(async () => {
    gateway = await startGateway({ ALLOW_LOOPBACK_EGRESS: 'true' });
    receiver = await Receiver.open();
  });
  afterAll(async () => {
    await gateway.stop();
    await receiver.close();
  });

  /** A key of any tenant, made in the store. */
  const keyOf = async (tenantId: string, scopes: readonly ('control:read' | 'control:write' | 'messages')[]): Promise<string> => {
    const { key, prefix, hash } = newApiKey();
    const limits = NO_PRINCIPAL_LIMITS;
    const times = { createdAt: 1, expiresAt: null, lastUsedAt: null };
    await gateway.app.get(Keys).create({ id: newId(), tenantId, name: 'test', scopes, limits, ...times, secrets: [{ prefix, hash, expiresAt: null }] });
    return key;
  };
  const dead = async (key?: string): Promise<string> => {
    receiver.replies.push({ status: 410 });
    const to = receiver.url('/gone');
    const { body } = await api(gateway, 'POST', '/api/v1/channels/callback/send', { to, content: 'x' }, key === undefined ? {} : { key });
    const id = textOf(body['deliveryId']);
    const options = key === undefined ? {} : { key };
    await eventually(() => api(gateway, 'GET', `/api/v1/deliveries/${id}`, undefined, options), (answer) => answer.body['state'] === 'dead');
    return id;
  };

  it('lists the channels with their state, delivery class and counters', async () => {
    const { status, body } = await api(gateway, 'GET', '/api/v1/channels');
    expect(status).toBe(200);
    const channels = body['items'] as readonly Record<string, unknown>[];
    expect(channels.map(({ name }) => name)).toEqual(expect.arrayContaining(['socketio', 'websocket', 'http', 'callback']));
    for (const channel of channels) {
      expect(channel).toEqual({
        name: expect.any(String),
        state: 'running',
        delivery: 'at-least-once',
        connections: expect.any(Number),
        messagesIn: expect.any(Number),
        eventsOut: expect.any(Number),
        startedAt: expect.any(String),
      });
    }
    expect((await api(gateway, 'GET', '/api/v1/channels/http')).body).toMatchObject({ name: 'http', state: 'running' });
    expect((await api(gateway, 'GET', '/api/v1/channels/nowhere')).body['code']).toBe('not_found');
    expect((await api(gateway, 'POST', '/api/v1/channels/nowhere/stop')).body['code']).toBe('not_found');
  });

  it('lists them in pages in which each appears once, and refuses what is no page', async () => {
    const { body: whole } = await api(gateway, 'GET', '/api/v1/channels');
    const names: unknown[] = [];
    let path = '/api/v1/channels?limit=1';
    for (;;) {
      const { body } = await api(gateway, 'GET', path);
      const page = body['items'] as readonly Record<string, unknown>[];
      expect(page).toHaveLength(1);
      names.push(page[0]?.['name']);
      if (body['nextCursor'] === null) break;
      path = `/api/v1/channels?limit=1&cursor=${textOf(body['nextCursor'])}`;
    }
    expect(names).toEqual((whole['items'] as readonly Record<string, unknown>[]).map(({ name }) => name));
    for (const query of ['limit=201', 'limit=0', 'cursor=made-up']) {
      expect([query, (await api(gateway, 'GET', `/api/v1/channels?${query}`)).body['code']]).toEqual([query, 'validation_failed']);
    }
  });

  it('stays reachable when the channel http is stopped through it, and starts it again', async () => {
    expect(await api(gateway, 'POST', '/api/v1/channels/http/stop')).toMatchObject({ status: 200, body: { state: 'stopped' } });
    expect(await api(gateway, 'POST', '/api/v1/messages', { content: 'x' })).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    expect((await api(gateway, 'GET', '/api/v1/channels/http')).body).toMatchObject({ state: 'stopped', startedAt: null });
    expect((await api(gateway, 'GET', '/api/v1/dead-letters')).status).toBe(200);
    expect(await api(gateway, 'POST', '/api/v1/channels/http/start')).toMatchObject({ status: 200, body: { state: 'running' } });
    expect((await api(gateway, 'POST', '/api/v1/messages', { content: 'x' })).status).toBe(202);
  });

  it('asks for control:read to look and control:write to change', async () => {
    const [reader, talker] = [await keyOf('default', ['control:read']), await keyOf('default', ['messages'])];
    const reads = ['/api/v1/channels', '/api/v1/channels/http', `/api/v1/deliveries/${newId()}`, '/api/v1/dead-letters'];
    const writes = ['/api/v1/channels/http/stop', '/api/v1/channels/http/start', `/api/v1/dead-letters/${newId()}/redrive`];
    for (const path of reads) {
      expect({ path, status: (await api(gateway, 'GET', path, undefined, { key: talker })).status }).toEqual({ path, status: 403 });
      expect((await api(gateway, 'GET', path, undefined, { key: reader })).status).not.toBe(403);
    }
    for (const path of writes) expect({ path, status: (await api(gateway, 'POST', path, undefined, { key: reader })).status }).toEqual({ path, status: 403 });
    const message = { to: receiver.url(), content: 'x' };
    expect((await api(gateway, 'POST', '/api/v1/channels/callback/send', message, { key: reader })).status).toBe(403);
    expect((await api(gateway, 'POST', '/api/v1/channels/callback/secrets', { url: receiver.url() }, { key: reader })).status).toBe(403);
  });

  it('shows nobody what another tenant sent, lets nobody send it again, and keeps their secrets apart', async () => {
    const stranger = await keyOf('another', ['control:read', 'control:write', 'messages']);
    const id = await dead();
    const asStranger = (method: string, path: string, body?: object) => api(gateway, method, path, body, { key: stranger });
    expect((await asStranger('GET', `/api/v1/deliveries/${id}`)).status).toBe(404);
    expect((await asStranger('POST', `/api/v1/dead-letters/${id}/redrive`)).status).toBe(404);
    expect((await asStranger('GET', '/api/v1/dead-letters')).body).toEqual({ items: [], nextCursor: null });
    const theirs = await asStranger('POST', '/api/v1/channels/callback/secrets', { url: receiver.url('/gone') });
    const before = receiver.calls.length;
    await api(gateway, 'POST', '/api/v1/channels/callback/send', { to: receiver.url('/gone'), content: 'not for them to sign' });
    const call = (await receiver.called(before + 1))[before];
    expect(() => new Webhook(textOf(theirs.body['secret'])).verify(call?.body ?? '', call?.headers as Record<string, string>)).toThrow(/No matching signature/);
    const own = await dead(stranger);
    expect((await asStranger('GET', '/api/v1/dead-letters')).body['items']).toEqual([expect.objectContaining({ id: own })]);
    const session = textOf((await api(gateway, 'POST', '/api/v1/sessions', {})).body['id']);
    for (const [method, body] of [['PUT', { url: receiver.url() }], ['GET'], ['DELETE']] as const) {
      expect((await asStranger(method, `/api/v1/sessions/${session}/callback`, body)).status).toBe(404);
    }
    expect(await asStranger('POST', '/api/v1/channels/callback/stop')).toMatchObject({ status: 403, body: { code: 'permission_denied' } });
  });

  it('pages through dead letters, each exactly once', async () => {
    const made: string[] = [];
    for (let i = 0; i < 3; i += 1) made.push(await dead());
    const seen: unknown[] = [];
    let cursor: unknown = '';
    while (cursor !== null) {
      const { body } = await api(gateway, 'GET', `/api/v1/dead-letters?limit=2${cursor === '' ? '' : `&cursor=${textOf(cursor)}`}`);
      seen.push(...(body['items'] as readonly { id: string }[]).map((item) => item.id));
      cursor = body['nextCursor'];
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.slice(0, 3)).toEqual(made.reverse());
    expect((await api(gateway, 'GET', '/api/v1/dead-letters?cursor=made-up')).body['code']).toBe('validation_failed');
    expect((await api(gateway, 'GET', '/api/v1/dead-letters?limit=201')).status).toBe(400);
  });

  it('sends several dead letters again and tells what became of each; each is audited by itself', async () => {
    const [one, two] = [await dead(), await dead()];
    const nobody = newId();
    const { status, body } = await api(gateway, 'POST', '/api/v1/dead-letters/redrive', { ids: [one, two, nobody, one] });
    expect(status).toBe(202);
    expect(body).toEqual({
      redriven: 2,
      items: [
        { id: one, outcome: 'redriven' },
        { id: two, outcome: 'redriven' },
        { id: nobody, outcome: 'not_found' },
      ],
    });
    const entries = await api(gateway, 'GET', '/api/v1/audit?limit=2&action=delivery.redrive');
    expect((entries.body['items'] as readonly { target: { id: string } }[]).map(({ target }) => target.id)).toEqual([two, one]);
    await eventually(() => gateway.app.get(Outbox).find(two, 'default'), (delivery) => delivery?.state === 'delivered');
    expect((await api(gateway, 'POST', '/api/v1/dead-letters/redrive', { ids: [two] })).body).toMatchObject({ redriven: 0, items: [{ outcome: 'conflict' }] });
    expect((await api(gateway, 'POST', '/api/v1/dead-letters/redrive', { ids: [] })).status).toBe(400);
  });

  it('is an audit entry for each change, with who did what, before and after', async () => {
    await api(gateway, 'POST', '/api/v1/channels/callback/stop');
    await api(gateway, 'POST', '/api/v1/channels/callback/start');
    const newest = async (action: string) => ((await api(gateway, 'GET', `/api/v1/audit?limit=1&action=${action}`)).body['items'] as readonly unknown[])[0];
    const [stopped, running] = [{ state: 'stopped' }, { state: 'running' }];
    const channel = { actor: { kind: 'key', id: 'admin' }, target: { kind: 'channel', id: 'callback' }, outcome: 'done' };
    expect(await newest('channel.stop')).toMatchObject({ ...channel, before: running, after: stopped });
    expect(await newest('channel.start')).toMatchObject({ ...channel, before: stopped, after: running });
    const id = await dead();
    expect(await newest('channel.send')).toMatchObject({ ...channel, after: { to: receiver.url('/gone') } });
    await api(gateway, 'POST', `/api/v1/dead-letters/${id}/redrive`);
    await eventually(() => gateway.app.get(Outbox).find(id, 'default'), (delivery) => delivery?.state === 'delivered');
    expect(await newest('delivery.redrive')).toMatchObject({ target: { kind: 'delivery', id }, before: { state: 'dead' } });
  });

  it('is there on the command line: dead letters are listed and sent again', async () => {
    const id = await dead();
    const env = { PARLEY_URL: gateway.url, PARLEY_API_KEY: ADMIN_KEY };
    const list = await runCli(['dead-letters', 'list'], env);
    expect(list.code).toBe(0);
    expect(list.stdout).toContain(`${id}  `);
    expect(list.stdout).toContain('the receiver answered HTTP 410');
    expect(await runCli(['dead-letters', 'redrive', id], env)).toMatchObject({ code: 0, stdout: `Delivery ${id} is pending.\n` });
    await eventually(() => gateway.app.get(Outbox).find(id, 'default'), (delivery) => delivery?.state === 'delivered');
    expect((await runCli(['dead-letters', 'redrive', id], env)).code).toBe(1);
    expect((await runCli(['dead-letters', 'redrive'], env)).code).toBe(2);
    expect((await runCli(['dead-letters', 'bury', id], env)).code).toBe(2);
  });
});
