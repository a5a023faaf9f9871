import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_TENANT } from '#libs/contracts';
import { Authenticator } from '../../src/auth/authenticator.js';
import { awakeTime } from '../support/awake-time.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, makeKey } from './caller.js';

let gateway: StartedGateway;
let authenticator: Authenticator;
const SOON = { timeout: 20_000, interval: 10 };
beforeAll(async () => {
  gateway = await startGateway();
  authenticator = gateway.app.get(Authenticator);
});
afterAll(() => gateway.stop());

async function mint(key: string, body: object): Promise<string> {
  const minted = await call(gateway, 'POST', '/api/v1/tickets', { key, body });
  expect(minted.status).toBe(201);
  return minted.body.ticket;
}

describe('tickets', () => {
  it('stand for the user, once', async () => {
    const minter = await makeKey(gateway, ['tickets']);
    const minted = await call(gateway, 'POST', '/api/v1/tickets', { key: minter.key, body: { userId: 'ada', ttlSeconds: 300 } });
    expect(minted.body).toEqual({ ticket: expect.any(String), expiresAt: expect.any(String) });
    expect(Math.abs(Date.parse(minted.body.expiresAt) - Date.now() - 300_000)).toBeLessThan(60_000);
    const { ticket } = minted.body;
    expect(await authenticator.authenticate({ kind: 'ticket', ticket })).toEqual({
      ok: true,
      value: { kind: 'user', id: 'ada', tenantId: DEFAULT_TENANT, scopes: new Set(['messages']), credentialId: expect.stringContaining(`${minter.id}~pk_`) },
    });
    expect(await authenticator.authenticate({ kind: 'ticket', ticket })).toMatchObject({ ok: false, failure: { code: 'unauthenticated' } });
  });

  it('let exactly one in of twenty who show the same one at once', async () => {
    const minter = await makeKey(gateway, ['tickets']);
    const ticket = await mint(minter.key, { userId: 'ada' });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => authenticator.authenticate({ kind: 'ticket', ticket })));
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
  });

  it('are neither keys nor resume tokens, and those are no tickets', async () => {
    const minter = await makeKey(gateway, ['tickets']);
    const ticket = await mint(minter.key, { userId: 'ada' });
    expect((await authenticator.authenticate({ kind: 'api-key', key: ticket })).ok).toBe(false);
    expect((await authenticator.authenticate({ kind: 'resume', token: ticket })).ok).toBe(false);
    expect((await authenticator.authenticate({ kind: 'cookie', value: ticket })).ok).toBe(false);
    expect((await authenticator.authenticate({ kind: 'ticket', ticket: minter.key })).ok).toBe(false);
    expect((await authenticator.authenticate({ kind: 'ticket', ticket })).ok).toBe(true);
  });

  it('end with the key that minted them, before they were used', async () => {
    const minter = await makeKey(gateway, ['tickets']);
    const ticket = await mint(minter.key, { userId: 'ada' });
    await call(gateway, 'DELETE', `/api/v1/keys/${minter.id}`);
    expect((await authenticator.authenticate({ kind: 'ticket', ticket })).ok).toBe(false);
  });

  it('are narrowed only to sessions that the user or the minter reaches', async () => {
    const mine = await makeKey(gateway, ['tickets', 'messages']);
    const all = await makeKey(gateway, ['tickets', 'sessions:read']);
    const stranger = await makeKey(gateway, ['tickets', 'messages']);
    const sessionId = (await call(gateway, 'POST', '/api/v1/sessions', { key: mine.key, body: {} })).body.id;
    for (const key of [mine.key, all.key]) {
      const ticket = await mint(key, { userId: 'ada', sessionIds: [sessionId] });
      expect(await authenticator.authenticate({ kind: 'ticket', ticket })).toMatchObject({ ok: true, value: { sessionIds: [sessionId] } });
    }
    const refusal = await call(gateway, 'POST', '/api/v1/tickets', { key: stranger.key, body: { userId: 'ada', sessionIds: [sessionId] } });
    expect(refusal.body.code).toBe('not_found');
  });

  it('need the scope, a user and a life of at most five minutes', async () => {
    const { key } = await makeKey(gateway, ['messages']);
    expect((await call(gateway, 'POST', '/api/v1/tickets', { key, body: { userId: 'ada' } })).status).toBe(403);
    const userId = 'ada';
    for (const body of [{}, { userId: '' }, { userId, ttlSeconds: 301 }, { userId, ttlSeconds: 0 }, { userId, scopes: ['admin'] }]) {
      expect((await call(gateway, 'POST', '/api/v1/tickets', { body })).status).toBe(400);
    }
  });
});

describe('resume tokens', () => {
  it('bring the same principal back once, with the rights that its key has by then', async () => {
    const { key, id } = await makeKey(gateway, ['messages', 'metrics']);
    const outcome = await authenticator.authenticate({ kind: 'api-key', key });
    if (!outcome.ok) throw new Error('the key is good');
    const { token, expiresAt } = await authenticator.grantResume(outcome.value);
    expect(Math.abs(Date.parse(expiresAt) - Date.now() - 24 * 3_600_000)).toBeLessThan(60_000);
    await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: { scopes: ['messages'] } });
    const back = await authenticator.authenticate({ kind: 'resume', token });
    expect(back).toMatchObject({ ok: true, value: { kind: 'key', id, scopes: new Set(['messages']) } });
    expect((await authenticator.authenticate({ kind: 'resume', token })).ok).toBe(false);
  });

  it('keep what a ticket was narrowed to', async () => {
    const sessionId = (await call(gateway, 'POST', '/api/v1/sessions', { body: {} })).body.id;
    const ticket = (await call(gateway, 'POST', '/api/v1/tickets', { body: { userId: 'ada', sessionIds: [sessionId] } })).body.ticket;
    const outcome = await authenticator.authenticate({ kind: 'ticket', ticket });
    if (!outcome.ok) throw new Error('the ticket is good');
    const { token } = await authenticator.grantResume(outcome.value);
    expect(await authenticator.authenticate({ kind: 'resume', token })).toEqual(outcome);
  });

  it('are refused once the key behind them is revoked', async () => {
    const minter = await makeKey(gateway, ['tickets']);
    const ticket = await mint(minter.key, { userId: 'ada' });
    const outcome = await authenticator.authenticate({ kind: 'ticket', ticket });
    if (!outcome.ok) throw new Error('the ticket is good');
    const { token } = await authenticator.grantResume(outcome.value);
    await call(gateway, 'DELETE', `/api/v1/keys/${minter.id}`);
    expect((await authenticator.authenticate({ kind: 'resume', token })).ok).toBe(false);
  });

  it('survive a restart, but not another admin key', async () => {
    const first = await startGateway();
    const admin = await first.app.get(Authenticator).authenticate({ kind: 'api-key', key: 'an-admin-key-for-tests-only-0123456789' });
    if (!admin.ok) throw new Error('the admin key is good');
    const good = await first.app.get(Authenticator).grantResume(admin.value);
    const dead = await first.app.get(Authenticator).grantResume(admin.value);
    await first.stop({ keepData: true });
    const second = await startGateway({}, { dataDir: first.dataDir });
    expect(await second.app.get(Authenticator).authenticate({ kind: 'resume', token: good.token })).toEqual(admin);
    await second.stop({ keepData: true });
    const third = await startGateway({ ADMIN_API_KEY: 'another-admin-key-for-tests-0123456789' }, { dataDir: first.dataDir });
    expect((await third.app.get(Authenticator).authenticate({ kind: 'resume', token: dead.token })).ok).toBe(false);
    await third.stop();
  });
});

describe('watching a credential', () => {
  it('ends every connection of a revoked key within a second, each once, and those of no other', async () => {
    const minter = await makeKey(gateway, ['tickets']);
    const other = await makeKey(gateway, ['messages']);
    const ended: string[] = [];
    for (const [name, key] of [['minter', minter.key], ['other', other.key]] as const) {
      const outcome = await authenticator.authenticate({ kind: 'api-key', key });
      if (outcome.ok) authenticator.watch(outcome.value, () => ended.push(name));
    }
    const ticket = await mint(minter.key, { userId: 'ada' });
    const user = await authenticator.authenticate({ kind: 'ticket', ticket });
    if (!user.ok) throw new Error('the ticket is good');
    authenticator.watch(user.value, () => ended.push('user'));
    authenticator.watch(user.value, () => ended.push('gone'))();
    const sinceFirst = awakeTime();
    await call(gateway, 'DELETE', `/api/v1/keys/${minter.id}`);
    await expect.poll(() => [...ended].sort(), SOON).toEqual(['minter', 'user']);
    expect(sinceFirst()).toBeLessThan(1000);
    const sinceSecond = awakeTime();
    await call(gateway, 'DELETE', `/api/v1/keys/${other.id}`);
    await expect.poll(() => [...ended].sort(), SOON).toEqual(['minter', 'other', 'user']);
    expect(sinceSecond()).toBeLessThan(1000);
  });

  it('ends a connection within a second of the end of its key', async () => {
    const [begun, sinceBegun] = [Date.now(), awakeTime()];
    const end = begun + 3000;
    const { key } = await makeKey(gateway, ['messages'], { expiresAt: new Date(end).toISOString() });
    const outcome = await authenticator.authenticate({ kind: 'api-key', key });
    if (!outcome.ok) throw new Error('the key is good');
    const endedAt = await new Promise<number>((resolve) => authenticator.watch(outcome.value, () => resolve(Date.now())));
    expect(endedAt - end).toBeGreaterThanOrEqual(0);
    expect(sinceBegun()).toBeLessThan(4000);
  });

  it('ends a connection that begins to watch when the key is gone already', async () => {
    const { key, id } = await makeKey(gateway, ['messages']);
    const outcome = await authenticator.authenticate({ kind: 'api-key', key });
    if (!outcome.ok) throw new Error('the key is good');
    await call(gateway, 'DELETE', `/api/v1/keys/${id}`);
    const sinceWatched = awakeTime();
    await new Promise<void>((resolve) => authenticator.watch(outcome.value, resolve));
    expect(sinceWatched()).toBeLessThan(1000);
  });

  it('ends a connection whose key loses a scope or is given an earlier end, and no other change ends one', async () => {
    const ended: string[] = [];
    const open = async (name: string) => {
      const made = await makeKey(gateway, ['messages', 'metrics']);
      const outcome = await authenticator.authenticate({ kind: 'api-key', key: made.key });
      if (!outcome.ok) throw new Error('the key is good');
      authenticator.watch(outcome.value, () => ended.push(name));
      return made.id;
    };
    const [less, sooner, same] = [await open('less'), await open('sooner'), await open('same')];
    await call(gateway, 'PATCH', `/api/v1/keys/${same}`, { body: { name: 'renamed', scopes: ['metrics', 'messages', 'tickets'] } });
    await call(gateway, 'POST', `/api/v1/keys/${same}/rotate`, { body: { overlapSeconds: 60 } });
    await call(gateway, 'PATCH', `/api/v1/keys/${less}`, { body: { scopes: ['messages'] } });
    await expect.poll(() => ended, SOON).toEqual(['less']);
    const [begun, sinceBegun] = [Date.now(), awakeTime()];
    const end = begun + 2000;
    await call(gateway, 'PATCH', `/api/v1/keys/${sooner}`, { body: { expiresAt: new Date(end).toISOString() } });
    await expect.poll(() => ended, SOON).toEqual(['less', 'sooner']);
    expect(Date.now()).toBeGreaterThanOrEqual(end);
    expect(sinceBegun()).toBeLessThan(3000);
  });
});
