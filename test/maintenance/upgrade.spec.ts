import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { backup } from '../../src/cli/commands/backup.js';
import { restore } from '../../src/cli/commands/restore.js';
import { MIGRATIONS } from '../../src/persistence/sqlite/migrations.js';
import { echoAgent } from '../support/scripted-agent.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { runCommand } from './cli-invocation.js';
import { ENCRYPTION_KEY_OF_FIXTURES, findAll, type EarlierStore } from './earlier-store.js';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'schemas');
const RELEASED = (await readdir(FIXTURES)).flatMap((name) => /^sqlite-(\d+)\.sql$/.exec(name)?.[1] ?? []).map(Number);
/** Keys of the fixtures, good on the machine of the test only. */
const KEYS: Readonly<Record<number, readonly [string, string]>> = {
  1: ['pk_egIk48c5', 'NHRnYojvZxxaHOJwZCHbc8dwyeUEdKHkWm0z7fxHvAC'],
  8: ['pk_mpTarfYQ', 'JmQ9CEPNP1DdQkEfBCBLGwxbsfDDt9uIauLwe1QIwZC'],
  11: ['pk_ayJEbvWH', 'NvBHrL43E8xF5OQXplF8iCyPTvrzHZTQ6ccHLc0zvkB'],
  12: ['pk_Qpr674K9', 'Ty3shugCUQQexVdAimt7vTZeyRfrF3Fk5tlv4K7slxa'],
};
const FIRST_WITH_TENANTS = 8;
const FIRST_WITH_SESSION_NUMBERS = 9;

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

/** What stands in a data folder before today's program comes. */
function readBefore(folder: string, version: number): EarlierStore {
  const db = new DatabaseSync(join(folder, 'parley.db'), { readOnly: true });
  const turns = db.prepare('SELECT message_id, session_id, client_id, state FROM turns').all();
  const [ids, events] = version < FIRST_WITH_SESSION_NUMBERS ? ['session_id', 'events'] : ['sessions.id', 'events JOIN sessions ON number = session'];
  const rows = db.prepare(`SELECT ${ids} AS session_id, seq, json FROM ${events} ORDER BY 1, 2`).all();
  db.close();
  return {
    turns: turns.map((row) => ({
      messageId: String(row['message_id']),
      sessionId: String(row['session_id']),
      clientId: row['client_id'] === null ? null : String(row['client_id']),
      state: String(row['state']),
    })),
    events: rows.map((row) => ({ sessionId: String(row['session_id']), seq: Number(row['seq']), json: String(row['json']) })),
    title: version === 1 ? 'From schema 1' : 'From an earlier schema',
    key: (KEYS[version] ?? []).join('_'),
    rich: version >= FIRST_WITH_TENANTS,
  };
}

/** Starts today's program there and finds everything of before. */
async function startsAndFindsAll(dataDir: string, before: EarlierStore): Promise<void> {
  gateway = await startGateway({ ENCRYPTION_KEY: ENCRYPTION_KEY_OF_FIXTURES }, { dataDir, agents: [echoAgent('assistant')] });
  await findAll(before, gateway);
}

describe.each(RELEASED)('a store of schema version %i', (version) => {
  it('is brought forward at the start, with everything in it, and what waited is answered', async () => {
    const folder = await folderOf(version);
    await startsAndFindsAll(folder, readBefore(folder, version));
    await gateway?.stop({ keepData: true });
    gateway = null;
    expect(versionOf(folder)).toBe(MIGRATIONS.length);
  });

  it('is brought forward in the end when a start is killed in the middle of every step', async () => {
    const folder = await folderOf(version);
    const before = readBefore(folder, version);
    for (let step = version + 1; step <= MIGRATIONS.length; step += 1) {
      const killed = spawnSync(process.execPath, [join(import.meta.dirname, 'killed-in-migration.mjs'), folder, String(step)], { encoding: 'utf8' });
      expect([killed.signal, killed.stderr]).toEqual(['SIGKILL', '']);
      expect(versionOf(folder)).toBe(step - 1);
    }
    await startsAndFindsAll(folder, before);
    await gateway?.stop({ keepData: true });
    gateway = null;
    expect(versionOf(folder)).toBe(MIGRATIONS.length);
  });

  it('can be backed up as it is and restored under today’s program', async () => {
    const folder = await folderOf(version);
    const file = join(folder, 'old.backup');
    const alone = (dataDir: string) => ({ DATA_DIR: dataDir, HOST: '127.0.0.1', PORT: '9' });
    expect(await runCommand(backup, [file], alone(folder))).toMatchObject({ code: 0, stderr: expect.stringContaining(`schema version ${version}`) });
    expect(versionOf(folder)).toBe(version);
    const restored = join(folder, 'restored');
    expect(await runCommand(restore, [file], alone(restored))).toMatchObject({ code: 0, stderr: expect.stringContaining('; the next start brings it forward.') });
    await startsAndFindsAll(restored, readBefore(folder, version));
  });
});

