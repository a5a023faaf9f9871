import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#libs/contracts';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call, cookieOf, makeKey } from '../auth/caller.js';

let gateway: StartedGateway;
beforeAll(async () => {
  gateway = await startGateway({ TRUST_PROXY: '127.0.0.1' });
});
afterAll(() => gateway.stop());

interface Entries {
  readonly items: readonly AuditEntry[];
  readonly nextCursor: string | null;
}

async function entries(query = ''): Promise<Entries> {
  const response = await fetch(`${gateway.url}/api/v1/audit${query}`, { headers: { 'x-api-key': gateway.config.settings.ADMIN_API_KEY ?? '' } });
  const page: Entries = await response.json();
  return page;
}

const ADMIN = { kind: 'key', id: 'admin' };

describe('the audit log', () => {
  it('tells of each change of a key who made it, from where, and what was before and after', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const made = await call(gateway, 'POST', '/api/v1/keys', { body: { name: 'one', scopes: ['messages'] }, headers });
    const { id, key } = made.body;
    await call(gateway, 'PATCH', `/api/v1/keys/${id}`, { body: { name: 'two' }, headers });
    const rotated = await call(gateway, 'POST', `/api/v1/keys/${id}/rotate`, { body: { overlapSeconds: 5 }, headers });
    await call(gateway, 'DELETE', `/api/v1/keys/${id}`, { headers });
    const { items } = await entries('?actor=admin&limit=4');
    expect(items.map((entry) => entry.action)).toEqual(['key.revoke', 'key.rotate', 'key.update', 'key.create']);
    for (const entry of items) {
      expect(entry).toMatchObject({ tenantId: 'default', actor: ADMIN, address: '203.0.113.9', target: { kind: 'key', id }, outcome: 'done' });
    }
    const [revoke, , update, create] = items;
    expect(create).toMatchObject({ before: null, after: { id, name: 'one', scopes: ['messages'] } });
    expect(update).toMatchObject({ before: { name: 'one' }, after: { name: 'two' } });
    expect(revoke).toMatchObject({ before: { name: 'two' }, after: null });
    const text = JSON.stringify(items);
    for (const secret of [key, rotated.body.key]) expect(text).not.toContain(secret.slice(12));
  });

  it('tells of tickets, sign-ins, sign-outs, new links and deleted sessions', async () => {
    const minted = await call(gateway, 'POST', '/api/v1/tickets', { body: { userId: 'ada' } });
    const signedIn = await call(gateway, 'POST', '/auth/api-key', { key: null, body: { apiKey: gateway.config.settings.ADMIN_API_KEY } });
    const cookie = { cookie: cookieOf(signedIn), origin: gateway.url };
    await call(gateway, 'POST', '/auth/link/new', { key: null, headers: cookie });
    await call(gateway, 'POST', '/auth/logout', { key: null, headers: cookie });
    const session = await call(gateway, 'POST', '/api/v1/sessions', { body: {} });
    await call(gateway, 'DELETE', `/api/v1/sessions/${session.body.id}`);
    const { items } = await entries('?limit=5');
    expect(items.map(({ action, actor, target }) => [action, actor?.kind, target?.id ?? null])).toEqual([
      ['session.delete', 'key', session.body.id],
      ['operator.sign-out', 'operator', null],
      ['link.create', 'operator', null],
      ['operator.sign-in', 'operator', null],
      ['ticket.mint', 'key', 'ada'],
    ]);
    expect(JSON.stringify(items)).not.toContain(minted.body.ticket);
  });

  it('tells of what was refused when it was to be made that it failed', async () => {
    const member = () => call(gateway, 'POST', '/api/v1/tenants/default/members', { body: { address: 'ada@example.com', role: 'viewer' } });
    expect([(await member()).status, (await member()).status]).toEqual([201, 409]);
    const { items } = await entries('?action=member.create');
    expect(items.map(({ outcome }) => outcome)).toEqual(['failed', 'done', 'done']);
  });

  it('counts the refusals of an address into one entry, with who was refused where that is known', async () => {
    const { key, id } = await makeKey(gateway, ['messages']);
    const from = (address: string) => ({ 'x-forwarded-for': address });
    for (let count = 0; count < 3; count += 1) await call(gateway, 'GET', '/api/v1/keys', { key: 'pk_wrong', headers: from('198.51.100.1') });
    await call(gateway, 'GET', '/api/v1/keys', { key, headers: from('198.51.100.1') });
    await call(gateway, 'GET', '/api/v1/keys', { key: null, headers: from('198.51.100.2') });
    const seen = async () => (await entries('?action=call.refused')).items.map(({ address, after }) => ({ address, after }));
    await expect.poll(seen).toHaveLength(2);
    const found = await seen();
    expect(found).toContainEqual({
      address: '198.51.100.1',
      after: { since: expect.any(String), counts: { 401: 3, 403: 1 }, callers: [`key ${id}`] },
    });
    expect(found).toContainEqual({ address: '198.51.100.2', after: { since: expect.any(String), counts: { 401: 1 }, callers: [] } });
  });

  it('counts refused sockets too', async () => {
    const query = 'EIO=4&transport=polling';
    const refused = await fetch(`${gateway.url}/socket.io/?${query}`, { headers: { origin: 'https://evil.example', 'x-forwarded-for': '198.51.100.7' } });
    expect(refused.status).toBe(403);
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    expect(await upgradeStatus('/ws', { ...upgrade, 'x-forwarded-for': '198.51.100.8' })).toBe(401);
    const addresses = async () => (await entries('?action=call.refused')).items.map((entry) => entry.address);
    await expect.poll(addresses).toEqual(expect.arrayContaining(['198.51.100.7', '198.51.100.8']));
  });

  it('is read by those who may, of their own tenant, in pages in which each entry appears once', async () => {
    const reader = await makeKey(gateway, ['audit:read']);
    const other = await makeKey(gateway, ['messages']);
    expect((await call(gateway, 'GET', '/api/v1/audit', { key: other.key })).status).toBe(403);
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const after: string = cursor === null ? '' : `&cursor=${cursor}`;
      const response = await fetch(`${gateway.url}/api/v1/audit?limit=3${after}`, { headers: { 'x-api-key': reader.key } });
      const page: Entries = await response.json();
      seen.push(...page.items.map((entry) => entry.seq));
      cursor = page.nextCursor;
    } while (cursor !== null && seen.length < 500);
    expect(new Set(seen).size).toBe(seen.length);
    expect(Math.min(...seen)).toBe(1);
    for (const bad of ['?cursor=x', '?limit=201', '?from=yesterday']) expect((await call(gateway, 'GET', `/api/v1/audit${bad}`)).status, bad).toBe(400);
    const none = await entries('?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z');
    expect(none.items).toEqual([]);
  });

  it('is exported as lines of JSON, and says so itself', async () => {
    const response = await fetch(`${gateway.url}/api/v1/audit/export?action=key.create`, {
      headers: { 'x-api-key': gateway.config.settings.ADMIN_API_KEY ?? '' },
    });
    expect(response.headers.get('content-type')).toContain('application/x-ndjson');
    const lines = (await response.text()).trimEnd().split('\n');
    const exported = lines.map(readLine);
    expect(exported).toEqual((await entries('?action=key.create&limit=200')).items);
    expect((await entries('?limit=1')).items[0]).toMatchObject({ action: 'audit.export', after: { action: 'key.create' } });
  });

  it('verifies while it is whole, for admins only', async () => {
    const verdict = await call(gateway, 'POST', '/api/v1/audit/verify', { body: {} });
    expect(verdict.body).toMatchObject({ ok: true, broken: null });
    const reader = await makeKey(gateway, ['audit:read']);
    expect((await call(gateway, 'POST', '/api/v1/audit/verify', { key: reader.key, body: {} })).status).toBe(403);
  });
});

function upgradeStatus(path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(gateway.url + path, { headers, timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject);
    asked.end();
  });
}

function readLine(line: string): AuditEntry {
  const entry: AuditEntry = JSON.parse(line);
  return entry;
}
