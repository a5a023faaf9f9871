import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ParleyClient } from '#libs/client';
import { StoreControl } from '#libs/ports';
import { backup } from '../../src/cli/commands/backup.js';
import { restore } from '../../src/cli/commands/restore.js';
import { echoAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { runCommand } from './cli-invocation.js';

const NOBODY = 'http://127.0.0.1:9';

let folder: string;
let gateway: StartedGateway | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-backup-'));
});
afterEach(async () => {
  await gateway?.stop();
  gateway = null;
  await rm(folder, { recursive: true, force: true });
});

async function start(dataDir?: string): Promise<{ gateway: StartedGateway; parley: ParleyClient; env: Record<string, string> }> {
  gateway = await startGateway({}, { agents: [echoAgent()], ...(dataDir === undefined ? {} : { dataDir }) });
  const env = { PARLEY_URL: gateway.url, PARLEY_API_KEY: ADMIN_KEY, DATA_DIR: gateway.dataDir };
  return { gateway, parley: new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY }), env };
}

/** The environment of a command line whose gateway does not run. */
function alone(dataDir: string): Record<string, string> {
  return { DATA_DIR: dataDir, HOST: '127.0.0.1', PORT: '9' };
}

describe('parley backup and parley restore', () => {
  it('a backup made under load holds every message that was accepted before it began, and a gateway starts on it', async () => {
    const { parley, env } = await start();
    const before: string[] = [];
    const load = { on: true };
    const senders = Array.from({ length: 8 }, async () => {
      while (load.on) before.push((await parley.send({ content: 'x'.repeat(500), agent: 'echo' })).messageId);
    });
    while (before.length < 100) await parley.send({ content: 'warm', agent: 'echo' });
    const accepted = [...before];
    const file = join(folder, 'parley.backup');
    const made = await runCommand(backup, [file], env);
    load.on = false;
    await Promise.all(senders);
    expect(made).toMatchObject({ code: 0, stdout: '' });
    expect(before.length).toBeGreaterThan(accepted.length);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['parley.backup']);
    expect(readdirSync(join(env['DATA_DIR'] ?? '', 'backups'))).toEqual([]);
    await gateway?.stop();

    const restored = join(folder, 'restored');
    expect(await runCommand(restore, [file], alone(restored))).toMatchObject({ code: 0, stderr: expect.not.stringContaining('brings it forward') });
    const after = await start(restored);
    for (const id of accepted) {
      const message = await after.parley.message(id);
      expect(['completed', 'running', 'queued']).toContain(message.status);
    }
    const again = await after.parley.send({ content: 'still here', agent: 'echo' }, { waitSeconds: 30 });
    expect(again.reply?.content).toBe('still here');
    await expect.poll(async () => (await after.parley.message(accepted.at(-1) ?? '')).status).toBe('completed');
  });

  it('without a gateway the data folder is copied, as it was left', async () => {
    const first = await start();
    const sent = await first.parley.send({ content: 'kept', agent: 'echo' }, { waitSeconds: 30 });
    await first.gateway.stop({ keepData: true });
    gateway = null;
    const file = join(folder, 'offline.backup');
    expect(await runCommand(backup, [file], alone(first.gateway.dataDir))).toMatchObject({ code: 0 });
    await rm(first.gateway.dataDir, { recursive: true });
    const restored = join(folder, 'restored');
    expect(await runCommand(restore, [file], alone(restored))).toMatchObject({ code: 0 });
    expect((await (await start(restored)).parley.message(sent.messageId)).reply?.content).toBe('kept');
  });

  it('restore refuses while a gateway runs and where data is; --force puts that aside', async () => {
    const { parley, env } = await start();
    const file = join(folder, 'a.backup');
    const sent = await parley.send({ content: 'in the backup', agent: 'echo' }, { waitSeconds: 30 });
    expect((await runCommand(backup, [file], env)).code).toBe(0);
    const later = await parley.send({ content: 'later', agent: 'echo' }, { waitSeconds: 30 });
    const dataDir = env['DATA_DIR'] ?? '';
    const busy = await runCommand(restore, [file, '--force'], alone(dataDir));
    expect(busy).toMatchObject({ code: 1, stderr: expect.stringMatching(/is used by another Parley \(process \d+ .+stop it/) });
    await gateway?.stop({ keepData: true });
    gateway = null;
    const refused = await runCommand(restore, [file], alone(dataDir));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--force puts it aside') });
    const forced = await runCommand(restore, [file, '--force'], alone(dataDir));
    expect(forced).toMatchObject({ code: 0, stderr: expect.stringMatching(/What was there is in .+before-restore-/) });
    const after = await start(dataDir);
    expect((await after.parley.message(sent.messageId)).reply?.content).toBe('in the backup');
    await expect(after.parley.message(later.messageId)).rejects.toMatchObject({ problem: { code: 'not_found' } });
    const aside = readdirSync(dataDir).find((name) => name.startsWith('before-restore-'));
    expect(existsSync(join(dataDir, aside ?? '', 'parley.db'))).toBe(true);
  });

  it('restore takes no file that is cut, changed or something else, and leaves the folder as it was', async () => {
    const { parley, env } = await start();
    for (let i = 0; i < 30; i += 1) await parley.send({ content: 'y'.repeat(4000), agent: 'echo' });
    const good = join(folder, 'good.backup');
    expect((await runCommand(backup, [good], env)).code).toBe(0);
    const bytes = await readFile(good);
    const bad = join(folder, 'bad.backup');
    const restored = join(folder, 'restored');
    const wrong: [Buffer, RegExp][] = [
      [Buffer.from('hello, I am a letter'), /does not begin like a SQLite database/],
      [bytes.subarray(0, Math.floor(bytes.length / 2)), /damaged/],
      [Buffer.concat([bytes.subarray(0, 40_960), Buffer.alloc(16_384, 0xff), bytes.subarray(57_344)]), /damaged/],
    ];
    for (const [content, reason] of wrong) {
      await writeFile(bad, content);
      expect(await runCommand(restore, [bad], alone(restored))).toMatchObject({ code: 1, stderr: expect.stringMatching(reason) });
    }
    expect(await runCommand(restore, [join(folder, 'nowhere')], alone(restored))).toMatchObject({ code: 1, stderr: expect.stringContaining('is not there') });
    expect(existsSync(restored)).toBe(false);
  });

  it('writes over no file, and leaves none behind when it cannot be made', async () => {
    const { env } = await start();
    const file = join(folder, 'there');
    await writeFile(file, 'mine');
    await expect(runCommand(backup, [file], env)).rejects.toThrow('is there already');
    expect(await readFile(file, 'utf8')).toBe('mine');
    await expect(runCommand(backup, [join(folder, 'new')], { ...env, PARLEY_URL: NOBODY })).rejects.toThrow('no gateway answers');
    const empty = await runCommand(backup, [join(folder, 'new')], alone(join(folder, 'empty')));
    expect(empty).toMatchObject({ code: 1, stderr: expect.stringContaining('holds no data') });
    expect(readdirSync(folder)).toEqual(['there']);
  });

  it('one whose caller hangs up while it is made goes away, and the next one can be made', async () => {
    const { gateway: running, env } = await start();
    const control = running.app.get(StoreControl, { strict: false });
    const copy = control.backup.bind(control);
    const [begun, hungUp] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    control.backup = async (file) => {
      begun.resolve();
      await hungUp.promise;
      return copy(file);
    };
    const caller = connect(Number(new URL(running.url).port), '127.0.0.1');
    caller.write(`POST /api/v1/backups HTTP/1.1\r\nHost: gateway\r\nX-API-Key: ${ADMIN_KEY}\r\nContent-Length: 0\r\n\r\n`);
    await begun.promise;
    caller.destroy();
    const connections = () => new Promise((resolve) => running.app.getHttpServer().getConnections((_error, count) => resolve(count)));
    await expect.poll(connections).toBe(0);
    hungUp.resolve();
    const next = async () => (await runCommand(backup, [join(folder, 'next.backup')], env)).code;
    await expect.poll(next).toBe(0);
    await expect.poll(() => readdirSync(join(running.dataDir, 'backups'))).toEqual([]);
  });

  it('says that PostgreSQL has tools of its own', async () => {
    const env = { ...alone(folder), DATABASE_URL: 'postgres://localhost/x' };
    expect(await runCommand(backup, [join(folder, 'b')], env)).toMatchObject({ code: 1, stderr: expect.stringContaining('pg_dump') });
    expect(await runCommand(restore, [join(folder, 'b')], env)).toMatchObject({ code: 1, stderr: expect.stringContaining('pg_restore') });
  });

  it('is for admins', async () => {
    const { parley, env } = await start();
    const { key } = await parley.createKey({ name: 'reader', scopes: ['messages', 'sessions:read', 'control:write', 'keys'] });
    const asked = runCommand(backup, [join(folder, 'b')], { ...env, PARLEY_API_KEY: key });
    await expect(asked).rejects.toMatchObject({ problem: { code: 'permission_denied' } });
  });
});
