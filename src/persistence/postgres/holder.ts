import { hostname } from 'node:os';
import type { Client } from 'pg';
import { StoreOpenError } from '../store-open-error.js';
import { isAnswer } from './to-storage-error.js';

const HOLDER_LOCK = 7_881_101_114_002;
/** A process that was killed a moment ago lets go within this time. */
const WAIT_MS = 2_000;
const LOCK_NOT_AVAILABLE = '55P03';

interface HolderRow {
  readonly instance: string;
  readonly host: string;
  readonly pid: number;
  readonly backend: number;
  readonly since: Date;
}

/**
 * Makes this connection the one that holds the database, for as long as it lives. A connection of the same `instance` that lingers
 * on the server is ended first, and with it what it had not committed. Throws `StoreOpenError` naming the process that holds it.
 */
export async function takeDatabase(client: Client, instance: string): Promise<void> {
  if (await lock(client)) return;
  const holder = await findHolder(client);
  if (holder?.instance === instance) {
    const ending = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = $1";
    await client.query(ending, [holder.backend]);
    if (await lock(client)) return;
  }
  const who = holder === null ? 'another process' : `process ${holder.pid} on ${holder.host} since ${holder.since.toISOString()}`;
  throw new StoreOpenError(`the database is in use by ${who}: stop it first, or give this one a database of its own`);
}

/** Tells a second process who is here. The schema must be there, and the database be taken by this connection. */
export async function nameHolder(client: Client, instance: string): Promise<void> {
  await client.query(
    `INSERT INTO parley.holder (id, instance, host, pid, backend, since) VALUES (1, $1, $2, $3, pg_backend_pid(), now())
     ON CONFLICT (id) DO UPDATE SET instance = excluded.instance, host = excluded.host, pid = excluded.pid, backend = excluded.backend,
       since = CASE WHEN holder.instance = excluded.instance THEN holder.since ELSE excluded.since END`,
    [instance, hostname(), process.pid],
  );
}

async function lock(client: Client): Promise<boolean> {
  await client.query(`SET lock_timeout = ${WAIT_MS}`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [HOLDER_LOCK]);
    return true;
  } catch (error) {
    if (isAnswer(error) && error.code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  } finally {
    await client.query('SET lock_timeout = 0');
  }
}

async function findHolder(client: Client): Promise<HolderRow | null> {
  const { rows: known } = await client.query<{ known: boolean }>("SELECT to_regclass('parley.holder') IS NOT NULL AS known");
  if (known[0]?.known !== true) return null;
  const { rows } = await client.query<HolderRow>('SELECT instance, host, pid, backend, since FROM parley.holder');
  return rows[0] ?? null;
}
