import type { Client } from 'pg';
import { StoreOpenError } from '../store-open-error.js';
import { MIGRATIONS } from './migrations/index.js';

/** Keeps two processes from bringing the schema forward at once; locks are per database (PostgreSQL, "Advisory Locks"). */
const MIGRATION_LOCK = 7_881_101_114_001;

/**
 * Brings the schema forward, each step with its number in one transaction. Throws `StoreOpenError` when a newer Parley was here.
 * A role that may not make schemas can be given one: `CREATE SCHEMA parley AUTHORIZATION <role>`.
 */
export async function migrate(client: Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  try {
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
    const { rows } = await client.query<{ version: number }>('SELECT coalesce(max(version), 0) AS version FROM parley.migrations');
    const found = rows[0]?.version ?? 0;
    if (found > MIGRATIONS.length) {
      throw new StoreOpenError(
        `the database has schema version ${found}, this version of Parley knows up to ${MIGRATIONS.length}: ` +
          'start a newer Parley or restore an older backup',
      );
    }
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (index >= found) await step(client, sql, index + 1);
    }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  }
}

async function step(client: Client, sql: string, version: number): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SET LOCAL search_path = parley');
    await client.query(sql);
    await client.query('INSERT INTO parley.migrations (version) VALUES ($1)', [version]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
