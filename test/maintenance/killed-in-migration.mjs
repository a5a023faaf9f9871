// Opens the store of a folder with the built program and dies, as by `kill -9`, inside the transaction of the migration to the given version.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const [folder, version] = process.argv.slice(2);
const exec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function (sql) {
  exec.call(this, sql);
  if (sql === `PRAGMA user_version = ${version}`) process.kill(process.pid, 'SIGKILL');
};
const { openSqliteStore } = await import(join(import.meta.dirname, '../../dist/src/persistence/sqlite/sqlite-store.js'));
openSqliteStore(folder, () => undefined);
