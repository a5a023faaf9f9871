import { Client } from 'pg';
import { StoreOpenError } from '../store-open-error.js';
import { connectionTo } from './connection.js';
import { describe } from './to-storage-error.js';

/** Connects, asks for one thing, and goes; a line about the database. Throws `StoreOpenError`. */
export async function lookIntoDatabase(url: string): Promise<string> {
  const client = new Client(connectionTo(url));
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version') AS version");
    return `PostgreSQL ${rows[0]?.version ?? ''} answers`;
  } catch (error) {
    throw new StoreOpenError(`the database cannot be used (${describe(error)}): check that the server runs and lets this user in`, { cause: error });
  } finally {
    await client.end();
  }
}
