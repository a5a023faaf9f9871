import type { Client } from 'pg';
import { MigrationProgress } from '../migration-progress.js';
import { StoreOpenError } from '../store-open-error.js';
import { MIGRATIONS } from './migrations/index.js';
import { isAnswer } from './to-storage-error.js';

/** Keeps two processes from bringing the schema forward at once; locks are per database (PostgreSQL, "Advisory Locks"). */
export const MIGRATION_LOCK = 7_881_101_114_001;
/** A step may read or write all of a large table; what every other query may take is far too little. */
const STEP_WITHIN_MS = 4 * 60 * 60 * 1000;
const QUERY_CANCELED = '57014';

/**
 * Makes the schema and the tables that tell its version and who is here. Throws `StoreOpenError` while another process brings it forward.
 * A role that may not make schemas can be given one: `CREATE SCHEMA parley AUTHORIZATION <role>`.
 */
export function prepare(client: Client): Promise<void> {
  return alone(client, async () => {
    await client.query(`
      DO $$ BEGIN
        IF to_regnamespace('parley') IS NULL THEN CREATE SCHEMA parley; END IF;
      END $$;
      CREATE TABLE IF NOT EXISTS parley.migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
      CREATE TABLE IF NOT EXISTS parley.holder (
        id integer PRIMARY KEY CHECK (id = 1),
        instance text NOT NULL, host text NOT NULL, pid integer NOT NULL, backend integer NOT NULL, since timestamptz NOT NULL
      );
    `);
  });
}

/**
 * Brings the schema forward, each step with its number in one transaction. Throws `StoreOpenError` when a newer Parley was here, or while
 * another process does it. `tell` hears of it when the database is large.
 */
export function migrate(client: Client, tell: (line: string) => void = () => undefined): Promise<void> {
  return alone(client, async () => {
    const { rows } = await client.query<{ version: number }>('SELECT coalesce(max(version), 0) AS version FROM parley.migrations');
    const found = rows[0]?.version ?? 0;
    if (found > MIGRATIONS.length) {
      throw new StoreOpenError(
        `the database has schema version ${found}, this version of Parley knows up to ${MIGRATIONS.length}: ` +
          'start a newer Parley or restore an older backup',
      );
    }
    if (found === MIGRATIONS.length) return;
    const progress = new MigrationProgress('the database', await sizeOf(client), { from: found, to: MIGRATIONS.length }, tell);
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (index < found) continue;
      await step(client, sql, index + 1);
      progress.reached(index + 1);
    }
  });
}

async function sizeOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint AS bytes FROM pg_class WHERE relnamespace = 'parley'::regnamespace AND relkind = 'r'",
  );
  return rows[0]?.bytes ?? 0;
}

async function alone<Result>(client: Client, work: () => Promise<Result>): Promise<Result> {
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  } catch (error) {
    if (!isAnswer(error) || error.code !== QUERY_CANCELED) throw error;
    throw new StoreOpenError('another process brings the database forward: start this one again when that is done', { cause: error });
  }
  try {
    return await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  }
}

async function step(client: Client, sql: string, version: number): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SET LOCAL search_path = parley');
    await client.query(`SET LOCAL statement_timeout = ${STEP_WITHIN_MS}`);
    const whole = { text: sql, query_timeout: STEP_WITHIN_MS };
    await client.query(whole);
    await client.query('INSERT INTO parley.migrations (version) VALUES ($1)', [version]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
