import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MigrationProgress } from '../../src/persistence/migration-progress.js';
import { openSqliteStore } from '../../src/persistence/sqlite/sqlite-store.js';

const MIB = 1024 * 1024;
const OLD_STORE = join(import.meta.dirname, '..', 'fixtures', 'schemas', 'sqlite-1.sql');
const folders: string[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** What a start on a store of schema 1 says that has this much more in it. */
async function said(fillerBytes: number): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-progress-'));
  folders.push(folder);
  const db = new DatabaseSync(join(folder, 'parley.db'), { enableForeignKeyConstraints: false });
  db.exec(await readFile(OLD_STORE, 'utf8'));
  db.exec(`CREATE TABLE filler AS SELECT zeroblob(${fillerBytes}) AS bytes`);
  db.close();
  const lines: string[] = [];
  const tell = (line: string) => void lines.push(line);
  await openSqliteStore(folder, () => undefined, { tell }).control.close();
  const afterwards = lines.length;
  await openSqliteStore(folder, () => undefined, { tell }).control.close();
  expect(lines).toHaveLength(afterwards);
  return lines;
}

describe('a start that brings a store forward', () => {
  it('says so when the store is large, once more when it is done, and nothing of a small one or at the next start', async () => {
    expect(await said(1000)).toEqual([]);
    const lines = await said(70 * MIB);
    expect(lines[0]).toMatch(/^Bringing .+parley\.db \(7\d MiB\) from schema version 1 to \d+: /);
    expect(lines.at(-1)).toMatch(/^Schema version \d+ after \d+ s$/);
  });

  it('says how far it is no oftener than every ten seconds, and twice at most', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const lines: string[] = [];
    const progress = new MigrationProgress('the database', 3000 * MIB, { from: 1, to: 7 }, (line) => lines.push(line));
    for (const [version, afterMs] of [[2, 9_000], [3, 2_000], [4, 60_000], [5, 9_000], [6, 60_000], [7, 1_000]] as const) {
      vi.advanceTimersByTime(afterMs);
      progress.reached(version);
    }
    expect(lines).toEqual([
      'Bringing the database (3000 MiB) from schema version 1 to 7: this may take minutes; a start that is stopped meanwhile loses nothing',
      'Schema version 3 of 7 after 11 s',
      'Schema version 4 of 7 after 71 s',
      'Schema version 7 after 141 s',
    ]);
  });
});
