import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../journeys/cli/run-cli.js';
import { eventually } from '../outbox/eventually.js';

const ROOT = join(import.meta.dirname, '..', '..');
const ADMIN_KEY = 'an-admin-key-for-tests-only-0123456789';
const READY = /^Parley \S+ listening on (\S+)$/m;
const RECORD = 'unready-starts.json';

interface Started {
  readonly child: ChildProcess;
  output(): string;
}

let folder: string;
let silentStore: Server;
const waiting: Socket[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  silentStore = createServer((socket) => void waiting.push(socket.on('error', () => socket.destroy())));
  silentStore.listen(0, '127.0.0.1');
  await once(silentStore, 'listening');
});
afterAll(() => {
  silentStore.close();
  for (const socket of waiting) socket.destroy();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-crash-loop-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) await end(child, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function start(settings: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'src', 'main.js')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: folder, ADMIN_API_KEY: ADMIN_KEY, LOG_FORMAT: 'json', ...settings },
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) if (stream !== null) createInterface({ input: stream }).on('line', (line) => (output += `${line}\n`));
  return { child, output: () => output };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}

/** A start that is killed when it is on record and before it is ready: the store that it waits for says nothing. */
async function diesEarly(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const before = await recorded();
  const { port } = silentStore.address() as AddressInfo;
  const { child, output } = start({ DATABASE_URL: `postgres://nobody@127.0.0.1:${port}/none`, ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') });
  await eventually(recorded, (starts) => starts.length > before.length, 60_000);
  await end(child, signal);
  expect(output()).not.toMatch(READY);
}

async function ready(settings: Readonly<Record<string, string>> = {}): Promise<{ url: string; started: Started }> {
  const started = start(settings);
  const output = await eventually(async () => started.output(), (text) => READY.test(text), 60_000);
  return { url: READY.exec(output)?.[1] ?? '', started };
}

async function recorded(): Promise<number[]> {
  if (!existsSync(join(folder, RECORD))) return [];
  const starts: number[] = JSON.parse(await readFile(join(folder, RECORD), 'utf8'));
  return starts;
}

async function call(url: string, method: string, path: string, body?: object): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { 'x-api-key': ADMIN_KEY, prefer: 'wait=30', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const read: Record<string, unknown> = await answer.json();
  return { status: answer.status, headers: answer.headers, body: read };
}

const message = { content: '/echo hello' };
const healthy = { http: 200, status: 'ok', check: { status: 'up', since: expect.any(String) } };

async function readiness(url: string): Promise<object> {
  const { status, body } = await call(url, 'GET', '/health/ready');
  return { http: status, status: body['status'], check: (body['checks'] as Record<string, unknown>)['crash-loop'] };
}

describe('after three starts that died before they were ready', { timeout: 240_000 }, () => {
  it('the next one keeps the doors closed and the control plane open, says why, and can be released', async () => {
    for (let death = 0; death < 3; death += 1) await diesEarly();
    const { url, started } = await ready();

    const reason = '3 starts in 5 minutes died before they were ready; the doors are closed';
    expect(await readiness(url)).toEqual({ http: 503, status: 'unavailable', check: { status: 'down', since: expect.any(String), detail: reason } });
    expect(await call(url, 'GET', '/health/live')).toMatchObject({ status: 200 });
    const refused = await call(url, 'POST', '/api/v1/messages', message);
    const detail = `${reason} until an operator opens them (parley crash-loop release)`;
    expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded', retryable: true, retryAfterMs: 30_000, detail } });
    const environment = { PARLEY_URL: url, PARLEY_API_KEY: ADMIN_KEY };
    expect(await runCli(['send', 'hello'], environment)).toEqual({ code: 5, stdout: '', stderr: `parley: The gateway is busy: ${detail}\n` });
    expect(refused.headers.get('retry-after')).toBe('30');
    const lines = started.output().split('\n').filter((line) => line.includes('crash loop'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', reason, suggestion: expect.stringContaining('parley crash-loop release') });
    expect((await call(url, 'GET', '/api/v1/control-plane/summary')).status).toBe(200);
    expect((await call(url, 'GET', '/api/v1/control-plane/crash-loop')).body).toEqual({ doors: 'closed', startedAt: expect.objectContaining({ length: 3 }) });

    expect(await runCli(['crash-loop', 'release'], environment)).toEqual({ code: 0, stdout: 'The doors are open.\n', stderr: '' });
    expect(await readiness(url)).toEqual(healthy);
    expect(await call(url, 'POST', '/api/v1/messages', message)).toMatchObject({ status: 200, body: { reply: { content: 'hello' } } });
    expect(await runCli(['send', '/echo open'], environment)).toMatchObject({ code: 0, stdout: 'open\n' });
    const audit = await call(url, 'GET', '/api/v1/audit');
    expect(audit.body['items']).toContainEqual(expect.objectContaining({ action: 'crash-loop.release', outcome: 'done' }));
    expect(await recorded()).toEqual([]);
    expect(await end(started.child, 'SIGTERM')).toBe(0);
  });

  it('what was accepted before waits meanwhile, also over another start, and is answered after the release', async () => {
    const first = await ready({ PARLEY_TESTING: '1', PARLEY_FAILPOINT: 'start.after-commit:1' });
    await expect(call(first.url, 'POST', '/api/v1/messages', { ...message, id: 'kept' })).rejects.toThrow();
    for (let death = 0; death < 3; death += 1) await diesEarly();
    const second = await ready();
    const sessions = await call(second.url, 'GET', '/api/v1/sessions');
    expect(sessions.body['items']).toHaveLength(1);
    await end(second.started.child, 'SIGTERM');
    const { url } = await ready();
    expect(await readiness(url)).toMatchObject({ http: 503 });
    await call(url, 'POST', '/api/v1/control-plane/crash-loop/release');
    const again = () => call(url, 'POST', '/api/v1/messages', { ...message, id: 'kept' });
    expect(await eventually(again, ({ body }) => body['status'] === 'completed')).toMatchObject({ body: { duplicate: true, reply: { content: 'hello' } } });
  });

  it('nothing is closed when the setting turns it off', async () => {
    for (let death = 0; death < 3; death += 1) await diesEarly();
    const { url } = await ready({ CRASH_LOOP_BREAKER: 'false' });
    expect(await readiness(url)).toEqual(healthy);
  });
});

describe('no loop is', { timeout: 240_000 }, () => {
  it('what died longer than five minutes ago', async () => {
    const long = Date.now() - 301_000;
    await writeFile(join(folder, RECORD), JSON.stringify([long, long, Date.now() - 1000, Date.now() - 900]));
    const { url } = await ready();
    expect(await readiness(url)).toEqual(healthy);
    expect(await recorded()).toEqual([]);
  });

  it('a start that was ready, whatever became of it', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { started } = await ready();
      await end(started.child, 'SIGKILL');
    }
    expect(await recorded()).toEqual([]);
  });

  it('a start that somebody stopped, or that named a wrong setting', async () => {
    for (let round = 0; round < 3; round += 1) await diesEarly('SIGTERM');
    expect(await recorded()).toEqual([]);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { child } = start({ PORT: String((taken.address() as AddressInfo).port) });
    expect(await once(child, 'exit')).toEqual([78, null]);
    taken.close();
    expect(await recorded()).toEqual([]);
  });

  it('a record that cannot be read', async () => {
    await writeFile(join(folder, RECORD), '{"not": "ours"');
    const { url } = await ready();
    expect(await readiness(url)).toEqual(healthy);
  });
});
