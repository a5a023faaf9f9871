import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { StorageError } from '#libs/ports';
import { openPool } from '../../../src/persistence/postgres/database.js';
import { freshDatabase, postgresUrl, withClient } from '../../support/postgres.js';

const server = await postgresUrl();

describe.skipIf(server === null)('a pool whose server goes away', () => {
  it('fails the query at work, and the connection that is held between two queries, and goes on with new ones', async () => {
    const fresh = await freshDatabase(server ?? '');
    const url = new URL(fresh.url);
    for (const deadline of ['statement_timeout', 'query_timeout']) url.searchParams.set(deadline, '150000');
    const database = openPool(url.href);
    const asleep = sql`SELECT pg_sleep(120)`.execute(database).catch((error: unknown) => error);
    const held = database
      .connection()
      .execute(async (connection) => {
        const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(connection);
        await expect.poll(() => withClient(fresh.url, (client) => endOthers(client, rows[0]?.pid))).toBe('both at work');
        await expect.poll(() => sql`SELECT 1`.execute(connection).catch((error: unknown) => error)).toBeInstanceOf(StorageError);
        await sql`SELECT 1`.execute(connection);
      })
      .catch((error: unknown) => error);
    expect(await asleep).toBeInstanceOf(StorageError);
    expect(await held).toBeInstanceOf(StorageError);
    for (let count = 0; count < 20; count += 1) expect((await sql<{ one: number }>`SELECT 1 AS one`.execute(database)).rows).toEqual([{ one: 1 }]);
    await database.destroy();
    await fresh.drop();
  });
});

/** Ends the sleeping query's connection and the one of `held`, once both are there. */
async function endOthers(client: { query(text: string, values?: unknown[]): Promise<{ rowCount: number | null }> }, held: number | undefined): Promise<string> {
  const sleeping = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep(120)%' AND state = 'active'";
  if ((await client.query(sleeping)).rowCount !== 1) return 'not yet asleep';
  const ended = await client.query(`SELECT pg_terminate_backend(pid) FROM (${sleeping} UNION SELECT $1::int) AS those (pid)`, [held]);
  return ended.rowCount === 2 ? 'both at work' : 'not both';
}
