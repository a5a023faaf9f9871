import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPostgresStore } from '../../../src/persistence/postgres/postgres-store.js';
import { openSqliteStore } from '../../../src/persistence/sqlite/sqlite-store.js';
import type { Store } from '../../../src/persistence/store.js';
import { FENCED, unfenced } from '../../simulation/unfenced.js';
import { freshDatabase, postgresUrl } from '../../support/postgres.js';
import { staleLeaseWritesNothing } from './stale-lease.js';

const server = await postgresUrl();

async function isFoundOut(store: Store): Promise<void> {
  try {
    await staleLeaseWritesNothing(store);
    for (const step of FENCED) {
      const sinful = { ...store, inbox: unfenced(store.inbox, [step]) };
      await expect(staleLeaseWritesNothing(sinful), step).rejects.toThrow(/expected .* to (be|equal|deeply equal)/);
    }
  } finally {
    await store.control.close();
  }
}

describe('a store that writes for a lease without asking its token', () => {
  it('is found out on SQLite', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-'));
    await isFoundOut(openSqliteStore(folder, () => undefined));
    await rm(folder, { recursive: true });
  });

  it.skipIf(server === null)('is found out on PostgreSQL', async () => {
    const database = await freshDatabase(server ?? '');
    await isFoundOut(await openPostgresStore({ url: database.url, exclusive: true, onFault: () => undefined }));
    await database.drop();
  });
});
