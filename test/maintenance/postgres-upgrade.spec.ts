import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { migrate, MIGRATION_LOCK, prepare } from '../../src/persistence/postgres/migrate.js';
import { MIGRATIONS } from '../../src/persistence/postgres/migrations/index.js';
import { openPostgresStore } from '../../src/persistence/postgres/postgres-store.js';
import { StoreOpenError } from '../../src/persistence/store-open-error.js';
import { freshDatabase, postgresUrl, withClient } from '../support/postgres.js';
import { echoAgent } from '../support/scripted-agent.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { ENCRYPTION_KEY_OF_FIXTURES, findAll, type EarlierStore } from './earlier-store.js';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'schemas');
const KILLED = join(import.meta.dirname, 'killed-in-postgres-migration.mjs');
const RELEASED = (await readdir(FIXTURES)).flatMap((name) => /^postgres-(\d+)\.sql$/.exec(name)?.[1] ?? []).map(Number);
/** Keys of the fixtures, good on the machine of the test only. */
const KEYS: Readonly<Record<number, readonly [string, string]>> = {
  1: ['pk_XEtj41j0', 'IfSEn7lOdbGFUgqiJe5AZmKrCLyTvSAQVfRerFHFXPF'],
  9: ['pk_akMSrNiv', 'hvx4PKJVJyMS8rxKcHsKCdrGHImQBvs0y2JgwkxEZDr'],
  10: ['pk_5XEqT9BH', '4E2w2O30mieYXTu13ealC5CLiDPyYAknxDOlXmOxcew'],
  12: ['pk_nhblXlmb', 'Kv6zKnwI3M8rmh0ebOp4HmpChQ4CpXrl1JW5fadwfTe'],
};
const FIRST_WITH_TENANTS = 9;
/** Asked by a connection of its own or outside of a transaction, which would see one answer all the time. */
const OTHERS = 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()';
/** Who used how much in all, by its days and by its months; and what a day came to, by its users and as it is kept. Sessions are left out. */
const USAGE_TWICE = [
  ['tenant_id, kind, id, agent, model', 'usage', 'usage_months'],
  ['tenant_id, day, model', 'usage', 'usage_days'],
].map(([key, ...tables]) =>
  tables.map((table) => `SELECT ${key}, sum(calls) AS calls, sum(input_tokens) AS input, sum(output_tokens) AS output, sum(cost_nano_usd) AS cost
    FROM parley.${table} ${table === 'usage' ? "WHERE kind <> 'session'" : ''} GROUP BY ${key} ORDER BY ${key}`),
);
const VERSIONS = Array.from({ length: MIGRATIONS.length }, (_, index) => index + 1);

const server = await postgresUrl();
if (server === null && process.env['PARLEY_REQUIRE_POSTGRES'] === '1') throw new Error('no PostgreSQL server, and it is required here');

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A database as the program of that version left it. */
async function databaseOf(version: number): Promise<{ readonly url: string; readonly before: EarlierStore }> {
  const { url, drop } = await freshDatabase(server ?? '');
  ends.push(drop);
  const sql = await readFile(join(FIXTURES, `postgres-${version}.sql`), 'utf8');
  const before = await withClient(url, async (client) => {
    await client.query(sql);
    const { rows: turns } = await client.query<EarlierStore['turns'][number]>(
      `SELECT message_id AS "messageId", session_id AS "sessionId", trim('"' FROM client_id) AS "clientId", state FROM parley.turns`,
    );
    const { rows: events } = await client.query<EarlierStore['events'][number]>(
      'SELECT session_id AS "sessionId", seq, json FROM parley.events ORDER BY session_id, seq',
    );
    return { turns, events, title: 'From an earlier schema', key: (KEYS[version] ?? []).join('_'), rich: version >= FIRST_WITH_TENANTS };
  });
  return { url, before };
}

/** What is summed as it is written is what summing gives. */
async function findsUsageSummed(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (const queries of USAGE_TWICE) {
      const [summed, kept] = [await client.query(queries[0] ?? ''), await client.query(queries[1] ?? '')];
      expect(summed.rows.length).toBeGreaterThan(0);
      expect(kept.rows).toEqual(summed.rows);
    }
  });
}

async function versionsIn(url: string): Promise<readonly number[]> {
  const { rows } = await withClient(url, (client) => client.query<{ version: number }>('SELECT version FROM parley.migrations ORDER BY version'));
  return rows.map(({ version }) => version);
}

/** Starts today's program on the database, which finds everything of before, and ends it again. */
async function startsAndFindsAll(url: string, before: EarlierStore): Promise<void> {
  const settings = { DATABASE_URL: url, ENCRYPTION_KEY: ENCRYPTION_KEY_OF_FIXTURES };
  const gateway: StartedGateway = await startGateway(settings, { agents: [echoAgent('assistant')] });
  try {
    await findAll(before, gateway);
  } finally {
    await gateway.stop();
  }
}

describe.runIf(server !== null)('PostgreSQL', () => {
  describe.each(RELEASED)('a store of schema version %i', (version) => {
    it('is brought forward at the start, with everything in it, and what waited is answered', async () => {
      const { url, before } = await databaseOf(version);
      expect(before.turns.filter(({ state }) => state === 'completed').length).toBeGreaterThan(3);
      await startsAndFindsAll(url, before);
      expect(await versionsIn(url)).toEqual(VERSIONS);
      await findsUsageSummed(url);
    });

    it('is brought forward in the end when a start is killed in the middle of every step', async () => {
      const { url, before } = await databaseOf(version);
      for (let step = version + 1; step <= MIGRATIONS.length; step += 1) {
        const killed = spawnSync(process.execPath, [KILLED, url, String(step)], { encoding: 'utf8' });
        expect([killed.signal, killed.stderr]).toEqual(['SIGKILL', '']);
        // The server lets go of what a dead process held once it sees that it is gone.
        await withClient(url, (client) => expect.poll(async () => (await client.query(OTHERS)).rowCount).toBe(0));
        expect(await versionsIn(url)).toEqual(VERSIONS.slice(0, step - 1));
      }
      await startsAndFindsAll(url, before);
      expect(await versionsIn(url)).toEqual(VERSIONS);
    });
  });

  describe('a database that two processes want to bring forward', () => {
    it('is kept by the one that does; the other refuses and names it', async () => {
      const { url } = await databaseOf(1);
      const open = () => openPostgresStore({ url, exclusive: true, onFault: () => undefined });
      const first = await withClient(url, async (client) => {
        await client.query('BEGIN');
        await client.query('LOCK TABLE parley.sessions IN ROW EXCLUSIVE MODE');
        const opening = open();
        await expect.poll(async () => (await withClient(url, (looking) => looking.query(`${OTHERS} AND wait_event_type = 'Lock'`))).rowCount).toBe(1);
        const refused = open();
        await expect(refused).rejects.toThrow(StoreOpenError);
        await expect(refused).rejects.toThrow(new RegExp(`in use by process ${process.pid} on `));
        await client.query('COMMIT');
        return await opening;
      });
      ends.push(() => first.control.close());
      await first.control.probe();
      expect(await versionsIn(url)).toEqual(VERSIONS);
    });

    it('is refused with a line that says so when the other one takes long', async () => {
      const { url } = await databaseOf(1);
      const waiting = new Client({ connectionString: url, statement_timeout: 500 });
      ends.push(() => waiting.end());
      await waiting.connect();
      await withClient(url, async (other) => {
        await other.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
        const refused = migrate(waiting);
        await expect(refused).rejects.toThrow(StoreOpenError);
        await expect(refused).rejects.toThrow(/another process brings the database forward/);
      });
    });

    it('is brought forward once when both may use it', async () => {
      const { url } = await databaseOf(9);
      const stores = await Promise.all([1, 2, 3].map(() => openPostgresStore({ url, exclusive: false, onFault: () => undefined })));
      for (const store of stores) {
        await store.control.probe();
        await store.control.close();
      }
      expect(await versionsIn(url)).toEqual(VERSIONS);
    });
  });

  it('a step may take longer than any other query', async () => {
    const { url } = await databaseOf(1);
    const client = new Client({ connectionString: url, statement_timeout: 5_000, query_timeout: 6_000 });
    ends.push(() => client.end());
    await client.connect();
    await prepare(client);
    await withClient(url, async (other) => {
      await other.query('BEGIN');
      await other.query('LOCK TABLE parley.sessions IN ROW EXCLUSIVE MODE');
      const migrated = migrate(client);
      const settled = migrated.then(() => 'done', (error: unknown) => error);
      await other.query('SELECT pg_sleep(8)');
      await other.query('COMMIT');
      expect(await settled).toBe('done');
    });
    expect(await versionsIn(url)).toEqual(VERSIONS);
    expect((await client.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '5s' }]);
  });
});
