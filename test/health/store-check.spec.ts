import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/persistence/sqlite/sqlite-store.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

const ENDS_AT_ONCE = '/bin/false';
const node = process.execPath;
let folder = '';
let gateway: StartedGateway | null = null;

afterEach(async () => {
  process.execPath = node;
  await gateway?.stop({ keepData: true });
  gateway = null;
  await rm(folder, { recursive: true, force: true });
});

describe('the check of a large store that was not put away in good order', () => {
  it.runIf(existsSync(ENDS_AT_ONCE))('is missed on /health/ready when its process dies, and is made up for by the next start', async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-unchecked-'));
    await openSqliteStore(folder, () => undefined).control.close();
    const db = new DatabaseSync(join(folder, 'parley.db'));
    db.exec('CREATE TABLE filler AS SELECT zeroblob(40000000) AS bytes');
    db.close();
    const owner = join(folder, 'parley.owner');
    await writeFile(owner, 'process 4711 on elsewhere\n');

    process.execPath = ENDS_AT_ONCE;
    const started = await startGateway({}, { dataDir: folder });
    gateway = started;
    const ready = async (): Promise<unknown> => (await fetch(`${started.url}/health/ready`)).json();
    await expect.poll(ready).toMatchObject({
      status: 'degraded',
      checks: { 'store-check': { status: 'down', detail: expect.stringContaining('did not come to its end') }, database: { status: 'up' } },
    });
    await started.stop({ keepData: true });
    gateway = null;
    expect(existsSync(owner)).toBe(true);

    process.execPath = node;
    const store = openSqliteStore(folder, () => undefined, { checkWithinMs: 60_000 });
    expect(store.control.doubt()).toBeNull();
    await store.control.close();
    expect(existsSync(owner)).toBe(false);
  });
});
