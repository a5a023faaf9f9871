import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeDataDir } from '../../src/config/make-folder.js';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');
const ONE_LINE = /^DATA_DIR: [^\n]+ cannot be used [^\n]+ must be a folder that this user may write\n$/;

function parent(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function start(settings: Record<string, string>) {
  return spawnSync(process.execPath, [MAIN], { env: { PATH: process.env.PATH, PORT: '0', ...settings }, timeout: 60_000, encoding: 'utf8' });
}

test('a data folder is made with those above it, for this user only; made again, nothing changes', () => {
  const folder = join(parent(), 'a', 'b');
  makeDataDir(folder);
  makeDataDir(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test.skipIf(process.platform !== 'linux').each([
  ['SQLite', {}],
  ['PostgreSQL', { DATABASE_URL: 'postgres://127.0.0.1:1/nobody', ENCRYPTION_KEY: Buffer.alloc(32).toString('base64') }],
])('a data folder on /proc ends the start with one line and 78 (%s)', (_store, settings) => {
  const { status, stderr } = start({ DATA_DIR: '/proc/nope', ...settings });
  expect({ status, stderr }).toEqual({ status: 78, stderr: expect.stringMatching(ONE_LINE) });
});

test('a file in the way of the data folder ends the start with one line and 78', () => {
  const file = join(parent(), 'file');
  writeFileSync(file, '');
  const { status, stderr } = start({ DATA_DIR: join(file, 'data') });
  expect({ status, stderr }).toEqual({ status: 78, stderr: expect.stringMatching(ONE_LINE) });
});
