import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { Pool } from 'pg';
import { connectionTo } from './connection.js';
import { PooledClient } from './pooled-client.js';
import type { Tables } from './tables.js';
import { toStorageError } from './to-storage-error.js';

const POOL_SIZE = 8;
const IDLE_TIMEOUT_MS = 60_000;

/** Kysely over a bounded pool, in Parley's schema. Every query has a deadline; whatever goes wrong is a `StorageError`. */
export type Database = Kysely<Tables>;

export function openPool(url: string): Database {
  const pool = new Pool({ ...connectionTo(url), max: POOL_SIZE, idleTimeoutMillis: IDLE_TIMEOUT_MS });
  // An idle connection that breaks leaves the pool by itself; the next query opens another.
  pool.on('error', () => undefined);
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: faultsAsStorageErrors(pool) }) }).withSchema('parley');
}

function faultsAsStorageErrors(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    connect: async () => {
      try {
        return new PooledClient(await pool.connect());
      } catch (error) {
        throw toStorageError(error);
      }
    },
    end: () => pool.end(),
  };
}
