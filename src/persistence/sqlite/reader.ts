import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { Kysely, SqliteDialect, type SqliteStatement } from 'kysely';
import type { Tables } from './tables.js';

/** Kysely over a read connection of its own. It never writes: a Kysely transaction that awaits would mix with other writers. */
export type Reader = Kysely<Tables>;

export function kyselyReader(db: DatabaseSync): Reader {
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: { close: () => db.close(), prepare: (sql) => adapted(db, sql) } }) });
}

function adapted(db: DatabaseSync, sql: string): SqliteStatement {
  const statement = db.prepare(sql);
  return {
    reader: statement.columns().length > 0,
    all: (values) => statement.all(...values.map(bindable)),
    run: (values) => statement.run(...values.map(bindable)),
    iterate: (values) => statement.iterate(...values.map(bindable)),
  };
}

function bindable(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
  throw new TypeError(`SQLite cannot keep a ${typeof value}`);
}
