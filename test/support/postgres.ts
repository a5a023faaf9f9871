import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

const REACH_WITHIN_MS = 20_000;
const LOCAL = 'postgres://postgres@127.0.0.1:5432/postgres';

/** A PostgreSQL server that tests may use (`TEST_DATABASE_URL`, else the one on this machine), or null when none answers. */
export async function postgresUrl(): Promise<string | null> {
  const url = process.env['TEST_DATABASE_URL'] ?? LOCAL;
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
    return url;
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

export interface FreshDatabase {
  readonly url: string;
  /** Ends whoever is still connected. */
  drop(): Promise<void>;
}

/** An empty database of its own on the server. */
export async function freshDatabase(server: string): Promise<FreshDatabase> {
  const name = `parley_test_${randomBytes(8).toString('hex')}`;
  await withClient(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await withClient(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

/** Runs `work` on a connection of its own. */
export async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: REACH_WITHIN_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
