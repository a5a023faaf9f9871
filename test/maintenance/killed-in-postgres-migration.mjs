// Opens the store of a database with the built program and dies, as by `kill -9`, inside the transaction of the migration to the given version.
import { join } from 'node:path';
import { Client } from 'pg';

const [url, version] = process.argv.slice(2);
const query = Client.prototype.query;
Client.prototype.query = async function (...given) {
  const answer = await query.apply(this, given);
  const [sql, values] = given;
  if (sql === 'INSERT INTO parley.migrations (version) VALUES ($1)' && String(values[0]) === version) process.kill(process.pid, 'SIGKILL');
  return answer;
};
const { openPostgresStore } = await import(join(import.meta.dirname, '../../dist/src/persistence/postgres/postgres-store.js'));
await openPostgresStore({ url, exclusive: true, onFault: () => undefined });
