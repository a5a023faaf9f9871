import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_PRINCIPAL_LIMITS } from '#libs/contracts';
import { Keys } from '#libs/ports';
import { KeyUses } from '../../src/auth/key-uses.js';
import { digest } from '../../src/auth/secret.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, makeKey } from './caller.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

describe('API keys', () => {
  it('show their secret once, in the form of the contract', async () => {
    const made = await call(gateway, 'POST', '/api/v1/keys', { body: { name: 'backend', scopes: ['messages', 'messages'] } });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'backend',
      prefix: expect.stringMatching(/^pk_[A-Za-z0-9]{8}$/),
      scopes: ['messages'],
      limits: NO_PRINCIPAL_LIMITS,
      createdAt: expect.any(String),
      expiresAt: null,
      lastUsedAt: null,
      key: expect.stringMatching(/^pk_[A-Za-z0-9]{8}_[A-Za-z0-9]{32,}$/),
    });
    const { key, ...shown } = made.body;
    expect((await call(gateway, 'GET', `/api/v1/keys/${made.body.id}`)).body).toEqual(shown);
    const list = await call(gateway, 'GET', '/api/v1/keys');
    expect(list.body.items).toContainEqual(shown);
    expect(JSON.stringify(list.body)).not.toContain(key);
  });

  it('are nowhere in the data folder, only their hashes are', async () => {
    const { key } = await makeKey(gateway, ['messages']);
    await call(gateway, 'GET', '/auth/me', { key });
    const files = (await readdir(gateway.dataDir, { withFileTypes: true })).filter((entry) => entry.isFile());
    const contents = await Promise.all(files.map((file) => readFile(join(gateway.dataDir, file.name))));
    expect(contents.some((content) => content.includes(digest(key)))).toBe(true);
    expect(contents.some((content) => content.includes(key.slice('pk_12345678_'.length)))).toBe(false);
  });

  it('are good in both headers, and for nothing beyond their scopes', async () => {
    const { key, id } = await makeKey(gateway, ['messages']);
    for (const headers of [{ authorization: `Bearer ${key}` }, { authorization: `bearer   ${key}` }, { 'x-api-key': key }]) {
      const me = await call(gateway, 'GET', '/auth/me', { key: null, headers });
      expect(me.body).toEqual({ kind: 'key', id, tenantId: 'default', role: null, scopes: ['messages'] });
    }
    const refusal = await call(gateway, 'GET', '/api/v1/keys', { key });
    expect(refusal.status).toBe(403);
    expect(refusal.body).toMatchObject({ code: 'permission_denied', detail: 'This needs the scope keys or the role admin.' });
  });

  it('change at once: what is taken away is gone with the next call', async () => {
    const { key, id } = await makeKey(gateway, ['messages', 'keys']);
    expect((await call(gateway, 'GET', '/api/v1/keys', { key })).status).toBe(200);
    const change = { scopes: ['messages'], name: 'less', limits: { messagesPerHour: 7 } };
    const changed = await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: change });
    expect(changed.body).toMatchObject({ name: 'less', scopes: ['messages'], limits: { messagesPerHour: 7, messagesPerMinute: null } });
    expect((await call(gateway, 'GET', '/api/v1/keys', { key })).status).toBe(403);
  });

  it('stop working at once when revoked, and are not found then', async () => {
    const { key, id } = await makeKey(gateway, ['messages']);
    expect((await call(gateway, 'GET', '/auth/me', { key })).status).toBe(200);
    expect((await call(gateway, 'DELETE', `/api/v1/keys/${id}`)).status).toBe(204);
    const refusal = await call(gateway, 'GET', '/auth/me', { key });
    expect(refusal.status).toBe(401);
    expect(refusal.headers.get('www-authenticate')).toBe('Bearer');
    expect(JSON.stringify(refusal.body)).not.toContain(key);
    for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', {}]] as const) {
      expect((await call(gateway, method, `/api/v1/keys/${id}`, { body })).status).toBe(404);
    }
    expect((await call(gateway, 'POST', `/api/v1/keys/${id}/rotate`, { body: {} })).status).toBe(404);
  });

  it('end at their time', async () => {
    const expiresAt = new Date(Date.now() + 3000).toISOString();
    const { key } = await makeKey(gateway, ['messages'], { expiresAt });
    expect((await call(gateway, 'GET', '/auth/me', { key })).status).toBe(200);
    await expect.poll(async () => (await call(gateway, 'GET', '/auth/me', { key })).status).toBe(401);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  });

  it('cannot be made or changed to be past their time', async () => {
    const expiresAt = '2001-01-01T00:00:00.000Z';
    const made = await call(gateway, 'POST', '/api/v1/keys', { body: { name: 'late', scopes: ['messages'], expiresAt } });
    expect(made.status).toBe(400);
    expect(made.body.errors[0]?.path).toBe('expiresAt');
    const { id } = await makeKey(gateway, ['messages']);
    expect((await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: { expiresAt } })).status).toBe(400);
  });

  it('keep the old secret through the overlap of a rotation, and not without one', async () => {
    const { key, id } = await makeKey(gateway, ['messages']);
    const first = await call(gateway, 'POST', `/api/v1/keys/${id}/rotate`, { body: { overlapSeconds: 3600 } });
    expect(first.status).toBe(200);
    expect(first.body.id).toBe(id);
    for (const secret of [key, first.body.key]) expect((await call(gateway, 'GET', '/auth/me', { key: secret })).body.id).toBe(id);
    const second = await call(gateway, 'POST', `/api/v1/keys/${id}/rotate`);
    for (const secret of [key, first.body.key]) expect((await call(gateway, 'GET', '/auth/me', { key: secret })).status).toBe(401);
    expect((await call(gateway, 'GET', '/auth/me', { key: second.body.key })).body.id).toBe(id);
  });

  it('give nobody more than they hold: not by making, not by changing, not by renewing a stronger key', async () => {
    const keeper = await makeKey(gateway, ['keys', 'messages']);
    const strong = await makeKey(gateway, ['admin']);
    const weak = await makeKey(gateway, ['messages']);
    const attempts = [
      call(gateway, 'POST', '/api/v1/keys', { key: keeper.key, body: { name: 'more', scopes: ['admin'] } }),
      call(gateway, 'PATCH', `/api/v1/keys/${keeper.id}`, { key: keeper.key, body: { scopes: ['keys', 'control:write'] } }),
      call(gateway, 'PATCH', `/api/v1/keys/${strong.id}`, { key: keeper.key, body: { name: 'mine' } }),
      call(gateway, 'POST', `/api/v1/keys/${strong.id}/rotate`, { key: keeper.key, body: {} }),
    ];
    for (const refusal of await Promise.all(attempts)) expect(refusal.body.code).toBe('permission_denied');
    expect((await call(gateway, 'POST', `/api/v1/keys/${weak.id}/rotate`, { key: keeper.key, body: {} })).status).toBe(200);
    expect((await call(gateway, 'GET', '/auth/me', { key: strong.key })).status).toBe(200);
  });

  it('tell when they were used last, before and after it is written', async () => {
    const { key, id } = await makeKey(gateway, ['messages']);
    const before = Date.now();
    await call(gateway, 'GET', '/auth/me', { key });
    const { lastUsedAt } = (await call(gateway, 'GET', `/api/v1/keys/${id}`)).body;
    expect(Date.parse(lastUsedAt)).toBeGreaterThanOrEqual(before);
    await gateway.app.get(KeyUses).flush();
    expect((await call(gateway, 'GET', `/api/v1/keys/${id}`)).body.lastUsedAt).toBe(lastUsedAt);
    expect((await gateway.app.get(Keys).find(id, 'default'))?.lastUsedAt).toBe(Date.parse(lastUsedAt));
    expect((await call(gateway, 'GET', '/api/v1/keys')).body.items.find((key) => key.id === id)).toMatchObject({ lastUsedAt });
  });

  it('come in pages in which each appears once', async () => {
    for (let count = 0; count < 3; count += 1) await makeKey(gateway, ['messages']);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await call(gateway, 'GET', `/api/v1/keys?limit=2${after}`);
      seen.push(...page.body.items.map((item) => item.id));
      cursor = page.body.nextCursor;
    } while (cursor !== null && seen.length < 200);
    expect(seen.length).toBeGreaterThan(4);
    expect(new Set(seen).size).toBe(seen.length);
    expect((await call(gateway, 'GET', '/api/v1/keys?limit=201')).status).toBe(400);
    expect((await call(gateway, 'GET', '/api/v1/keys?cursor=nonsense')).status).toBe(400);
  });

  it('refuse a malformed wish and name the field', async () => {
    for (const [body, path] of [
      [{ name: '', scopes: ['messages'] }, 'name'],
      [{ name: 'x', scopes: [] }, 'scopes'],
      [{ name: 'x', scopes: ['everything'] }, 'scopes.0'],
      [{ name: 'x', scopes: ['messages'], limits: { messagesPerMinute: 0 } }, 'limits.messagesPerMinute'],
    ] as const) {
      const refusal = await call(gateway, 'POST', '/api/v1/keys', { body });
      expect(refusal.body).toMatchObject({ code: 'validation_failed', status: 400 });
      expect(refusal.body.errors.map((error) => error.path)).toContain(path);
    }
    const surplus = await call(gateway, 'POST', '/api/v1/keys', { body: { name: 'x', scopes: ['messages'], tenantId: 'other' } });
    expect(surplus.status).toBe(400);
  });
});
