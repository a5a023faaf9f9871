import { expect, test } from 'vitest';
import { Lifecycle } from '../../src/lifecycle/lifecycle.js';
import { startGateway } from '../support/start-gateway.js';
import { freshDatabase, postgresUrl, withClient } from '../support/postgres.js';

const server = await postgresUrl();

test.skipIf(server === null)('a store that is slow when operators are told of the shutdown does not make it unclean: the last phase waits for it', async () => {
  const database = await freshDatabase(server ?? '');
  try {
    const gateway = await startGateway({ DATABASE_URL: database.url, ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') });
    const lifecycle = gateway.app.get(Lifecycle);
    const report = await withClient(database.url, async (client) => {
      await client.query('BEGIN; LOCK TABLE parley.control_events IN ACCESS EXCLUSIVE MODE');
      const drained = new Promise<void>((resolve) => lifecycle.watch(({ phase }) => phase === 'drain' && resolve()));
      const over = lifecycle.shutdown();
      await drained;
      await client.query('COMMIT');
      return over;
    });
    await gateway.stop();
    expect(report.steps.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    const { rows } = await withClient(database.url, (client) => client.query('SELECT type FROM parley.control_events ORDER BY seq'));
    expect(rows).toEqual([{ type: 'gateway-started' }, { type: 'gateway-draining' }]);
  } finally {
    await database.drop();
  }
});
