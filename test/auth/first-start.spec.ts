import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CliCredential } from '../../src/auth/cli-credential.js';
import { OneTimeLink } from '../../src/auth/one-time-link.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { call } from './caller.js';

let gateway: StartedGateway | undefined;
afterEach(() => gateway?.stop());

async function start(settings: Record<string, string> = {}, dataDir?: string) {
  const started = await startGateway({ ADMIN_API_KEY: '', ...settings }, dataDir === undefined ? {} : { dataDir });
  gateway = started;
  const path = join(started.dataDir, 'cli-credential');
  return {
    started,
    path,
    key: async () => (await readFile(path, 'utf8')).trim(),
    ensure: () => started.app.get(CliCredential).ensure(),
    link: () => started.app.get(OneTimeLink).atFirstStart(),
  };
}

describe('the first start', () => {
  it('leaves a key for the command line that only the owner can read, and a link that signs in once', async () => {
    const first = await start();
    await first.ensure();
    expect((await stat(first.path)).mode & 0o777).toBe(0o600);
    const me = await call(first.started, 'GET', '/auth/me', { key: await first.key() });
    expect(me.body).toMatchObject({ kind: 'key', scopes: ['admin'], tenantId: 'default' });
    const link = new URL((await first.link()) ?? '');
    expect(link.href.startsWith(`${first.started.url}/auth/link#`)).toBe(true);
    expect(link.search).toBe('');
    const body = { token: link.hash.slice(1) };
    expect((await call(first.started, 'POST', '/auth/link', { key: null, body })).status).toBe(200);
    expect((await call(first.started, 'POST', '/auth/link', { key: null, body })).status).toBe(401);
  });

  it('is over with the second: the same key, no link', async () => {
    const first = await start();
    await first.ensure();
    const key = await first.key();
    await first.started.stop({ keepData: true });
    const second = await start({}, first.started.dataDir);
    await second.ensure();
    expect(await second.key()).toBe(key);
    expect(await second.link()).toBeNull();
  });

  it('prints no link where an admin key is set', async () => {
    const first = await start({ ADMIN_API_KEY: 'an-admin-key-for-tests-only-0123456789' });
    await first.ensure();
    expect(await first.link()).toBeNull();
  });

  it('is mended when the key of the command line was revoked, its file spoilt or opened to others', async () => {
    const { started, path, key, ensure } = await start();
    await ensure();
    const before = await key();
    await chmod(path, 0o644);
    await ensure();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await key()).toBe(before);
    await writeFile(path, 'spoilt');
    await chmod(path, 0o644);
    await ensure();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const fresh = await key();
    const { id } = (await call(started, 'GET', '/auth/me', { key: fresh })).body;
    await call(started, 'DELETE', `/api/v1/keys/${id}`, { key: before });
    await ensure();
    expect([before, fresh]).not.toContain(await key());
    expect((await call(started, 'GET', '/auth/me', { key: await key() })).status).toBe(200);
  });
});
