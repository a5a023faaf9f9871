import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { ParleyClient } from '#libs/client';
import { backup } from '../../src/cli/commands/backup.js';
import { restore } from '../../src/cli/commands/restore.js';
import { MIGRATIONS } from '../../src/persistence/sqlite/migrations.js';
import { echoAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { runCommand } from './cli-invocation.js';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'schemas');
const RELEASED = (await readdir(FIXTURES)).flatMap((name) => /^sqlite-(\d+)\.sql$/.exec(name)?.[1] ?? []).map(Number);
/** A key of the fixture of schema 1, good on the machine of the test only. */
const KEY_OF_SCHEMA_1 = ['pk_egIk48c5', 'NHRnYojvZxxaHOJwZCHbc8dwyeUEdKHkWm0z7fxHvAC'].join('_');
const KEPT = { message: '01a20221-0ea2-7000-87de-f5423454911a', session: '01a20221-0ea2-7002-b9d4-78fc99912823' };
const WAS_RUNNING = '01a20221-1ad7-7000-8371-3d3bc9667ac2';
const WAS_WAITING = '01a20221-1b6b-7000-9a45-cb00de4f32f2';

const folders: string[] = [];
let gateway: StartedGateway | null = null;

afterEach(async () => {
  await gateway?.stop();
  gateway = null;
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A data folder as the program of that version left it. */
async function folderOf(version: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-upgrade-'));
  folders.push(folder);
  const db = new DatabaseSync(join(folder, 'parley.db'), { enableForeignKeyConstraints: false });
  db.exec(await readFile(join(FIXTURES, `sqlite-${version}.sql`), 'utf8'));
  db.close();
  return folder;
}

function versionOf(folder: string): unknown {
  const db = new DatabaseSync(join(folder, 'parley.db'));
  const version = db.prepare('PRAGMA user_version').get()?.['user_version'];
  db.close();
  return version;
}

/** Starts today's program there and finds everything of before. */
async function startsAndFindsAll(dataDir: string): Promise<void> {
  gateway = await startGateway({}, { dataDir, agents: [echoAgent('assistant')] });
  const parley = new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY });
  expect(await parley.session(KEPT.session)).toMatchObject({ title: 'From schema 1', metadata: { origin: 'fixture' }, lastSeq: 8 });
  expect((await parley.messages(KEPT.session)).items.map((message) => message.reply?.content)).toEqual(['kept', '2 + 3 = 5']);
  expect(await parley.send({ id: 'kept-1', content: '/echo kept' })).toMatchObject({ duplicate: true, messageId: KEPT.message });
  const more = await parley.send({ sessionId: KEPT.session, content: '/echo more' }, { waitSeconds: 20 });
  expect(more).toMatchObject({ seq: 9, reply: { content: 'more' } });
  const behind = await parley.send({ sessionId: (await parley.message(WAS_WAITING)).sessionId, content: '/echo behind' }, { waitSeconds: 20 });
  expect(behind.reply?.content).toBe('/echo behind');
  expect((await parley.message(WAS_RUNNING)).reply?.content).toBe('/echo was running');
  expect((await parley.message(WAS_WAITING)).reply?.content).toBe('/echo was waiting');
  const user = new ParleyClient({ url: gateway.url, apiKey: KEY_OF_SCHEMA_1 });
  expect((await user.send({ content: '/echo by the old key' }, { waitSeconds: 20 })).reply?.content).toBe('by the old key');
}

describe.each(RELEASED)('a store of schema version %i', (version) => {
  it('is brought forward at the start, with everything in it, and what waited is answered', async () => {
    const folder = await folderOf(version);
    await startsAndFindsAll(folder);
    await gateway?.stop({ keepData: true });
    gateway = null;
    expect(versionOf(folder)).toBe(MIGRATIONS.length);
  });

  it('is brought forward by the next start when one was killed in the middle, at whichever step', async () => {
    for (let step = version + 1; step <= MIGRATIONS.length; step += 1) {
      const folder = await folderOf(version);
      const killed = spawnSync(process.execPath, [join(import.meta.dirname, 'killed-in-migration.mjs'), folder, String(step)], { encoding: 'utf8' });
      expect([killed.signal, killed.stderr]).toEqual(['SIGKILL', '']);
      expect(versionOf(folder)).toBe(step - 1);
      await startsAndFindsAll(folder);
      await gateway?.stop({ keepData: true });
      gateway = null;
      expect(versionOf(folder)).toBe(MIGRATIONS.length);
    }
  });

  it('can be backed up as it is and restored under today’s program', async () => {
    const folder = await folderOf(version);
    const file = join(folder, 'old.backup');
    const alone = (dataDir: string) => ({ DATA_DIR: dataDir, HOST: '127.0.0.1', PORT: '9' });
    expect(await runCommand(backup, [file], alone(folder))).toMatchObject({ code: 0, stderr: expect.stringContaining(`schema version ${version}`) });
    expect(versionOf(folder)).toBe(version);
    const restored = join(folder, 'restored');
    expect(await runCommand(restore, [file], alone(restored))).toMatchObject({ code: 0 });
    await startsAndFindsAll(restored);
  });
});

