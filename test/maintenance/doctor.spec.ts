import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ParleyClient } from '#libs/client';
import { Keys } from '#libs/ports';
import { doctor } from '../../src/cli/commands/doctor.js';
import { ChannelRegistry } from '../../src/gateway/channel-registry.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { runCommand } from './cli-invocation.js';

let folder: string;
let gateway: StartedGateway | null = null;
let provider: Server | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-doctor-'));
});
afterEach(async () => {
  await gateway?.stop();
  gateway = null;
  provider?.close();
  provider = null;
  await rm(folder, { recursive: true, force: true });
});

interface Found {
  readonly code: number;
  readonly checks: Readonly<Record<string, { status: string; detail: string; advice?: string }>>;
}

async function look(env: Record<string, string>): Promise<Found> {
  const { code, stdout } = await runCommand(doctor, ['--json'], env);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; detail: string; advice?: string }[] };
  return { code, checks: Object.fromEntries(checks.map(({ name, ...check }) => [name, check])) };
}

/** The environment of a command line whose gateway does not run. */
function alone(more: Record<string, string> = {}): Record<string, string> {
  return { DATA_DIR: folder, HOST: '127.0.0.1', PORT: '9', ...more };
}

/** A provider that takes one key and lists its models; counts what else it is asked. */
async function startProvider(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  provider = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(request.headers.authorization === 'Bearer good-key' ? 200 : 401).end('{}');
  });
  provider.listen(0, '127.0.0.1');
  await once(provider, 'listening');
  const address = provider.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`, asked };
}

describe('parley doctor', () => {
  it('with a gateway finds all good, and says which channel is stopped', async () => {
    gateway = await startGateway();
    const env = { PARLEY_URL: gateway.url, PARLEY_API_KEY: ADMIN_KEY };
    const found = await look(env);
    expect(found.code).toBe(0);
    expect(Object.keys(found.checks)).toEqual(['gateway', 'settings', 'database', 'keys', 'channels', 'provider', 'node', 'disk', 'log', 'clock']);
    for (const name of ['gateway', 'settings', 'database', 'keys', 'channels', 'provider', 'node', 'clock']) {
      expect([name, found.checks[name]?.status]).toEqual([name, 'ok']);
    }
    await gateway.app.get(ChannelRegistry).stop('websocket');
    expect((await look(env)).checks['channels']).toMatchObject({ status: 'warning', detail: 'stopped: websocket', advice: expect.stringContaining('start') });
    const { stdout } = await runCommand(doctor, [], env);
    expect(stdout).toMatch(/^ok {7}gateway {3}it runs at http/);
    expect(stdout).toMatch(/WARNING {2}channels {2}stopped: websocket\n {19}→ start them/);
  });

  it('names keys that ended, and is for admins', async () => {
    gateway = await startGateway();
    const parley = new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY });
    const { id, key } = await parley.createKey({ name: 'old', scopes: ['messages'] });
    const refused = await look({ PARLEY_URL: gateway.url, PARLEY_API_KEY: key });
    expect(refused).toMatchObject({ code: 1, checks: { gateway: { status: 'failed', advice: expect.stringContaining('admin') } } });
    await gateway.app.get(Keys).update(id, 'default', { expiresAt: Date.now() - 1000 });
    expect((await look({ PARLEY_URL: gateway.url, PARLEY_API_KEY: ADMIN_KEY })).checks['keys']).toMatchObject({
      status: 'warning',
      detail: '1 keys of the tenant default, 1 expired',
    });
  });

  it('asks the provider for nothing that costs, and says when it refuses the key or does not answer', async () => {
    const { url, asked } = await startProvider();
    const model = { AGENT_MODEL: 'openai-compatible/m', OPENAI_COMPATIBLE_BASE_URL: url };
    expect((await look(alone({ ...model, OPENAI_COMPATIBLE_API_KEY: 'good-key' }))).checks['provider']).toMatchObject({ status: 'ok' });
    const refused = await look(alone({ ...model, OPENAI_COMPATIBLE_API_KEY: 'bad-key' }));
    expect(refused.checks['provider']).toMatchObject({ status: 'failed', advice: 'set OPENAI_COMPATIBLE_API_KEY to a key that is valid there' });
    expect(JSON.stringify(refused)).not.toContain('bad-key');
    expect(refused.code).toBe(1);
    expect(new Set(asked)).toEqual(new Set(['GET /v1/models']));
    const gone = await look(alone({ ...model, OPENAI_COMPATIBLE_BASE_URL: 'http://127.0.0.1:9/v1' }));
    expect(gone.checks['provider']).toMatchObject({ status: 'failed', detail: 'http://127.0.0.1:9 cannot be reached' });
  });

  it('without a gateway looks at what it would start on: each wrong setting, a whole store, a damaged one', async () => {
    const wrong = await runCommand(doctor, ['--json'], alone({ INBOX_LIMIT: 'many', LOG_LEVEL: 'loud' }));
    const { checks } = JSON.parse(wrong.stdout) as { checks: { name: string; detail: string }[] };
    expect(checks.filter(({ name }) => name === 'settings').map(({ detail }) => detail.split(':')[0])).toEqual(['INBOX_LIMIT', 'LOG_LEVEL']);
    expect(wrong.code).toBe(1);
    expect(await look(alone())).toMatchObject({ code: 0, checks: { gateway: { status: 'warning' }, database: { detail: expect.stringContaining('no data yet') } } });

    const ran = await startGateway({}, { dataDir: folder });
    await ran.stop({ keepData: true });
    expect(await look(alone())).toMatchObject({ checks: { database: { status: 'ok', detail: expect.stringContaining('found whole') }, keys: { status: 'failed' } } });
    expect(await look(alone({ ADMIN_API_KEY: ADMIN_KEY }))).toMatchObject({ code: 0, checks: { keys: { status: 'ok' } } });

    const db = new DatabaseSync(join(folder, 'parley.db'));
    db.exec('PRAGMA user_version = 999');
    db.close();
    expect((await look(alone())).checks['database']).toMatchObject({ status: 'failed', advice: 'start a newer Parley or restore an older backup' });
    await writeFile(join(folder, 'parley.db'), 'no database '.repeat(1000));
    expect((await look(alone())).checks['database']).toMatchObject({ status: 'failed' });
  });

  it('says that nobody answers at an address that was named', async () => {
    expect(await look({ PARLEY_URL: 'http://127.0.0.1:9' })).toMatchObject({ code: 1, checks: { gateway: { status: 'failed' } } });
  });
});
