import { DatabaseSync } from 'node:sqlite';
import { StoreOpenError } from '../store-open-error.js';
import { MIGRATIONS } from './migrations.js';

const BUSY_TIMEOUT_MS = 5_000;
/** Pages in the log before they are copied into the file: 16 MiB, so that a checkpoint serves many commits. */
const CHECKPOINT_PAGES = 4_096;

const TABLES_OF_EVERY_VERSION = ['sessions', 'events', 'turns', 'keys'];

export interface Connections {
  readonly writer: DatabaseSync;
  readonly reader: DatabaseSync;
}

/**
 * Opens the file, brings its schema forward, and gives a connection that writes and one that reads. Throws `StoreOpenError`.
 * `check`: all pages are read and checked before anything is trusted; about a second for each GB.
 */
export function openDatabase(file: string, check: boolean): Connections {
  const opened: DatabaseSync[] = [];
  try {
    const writer = connect(file, false);
    opened.push(writer);
    if (check) quickCheck(writer, file);
    migrate(writer, file);
    const reader = connect(file, true);
    opened.push(reader);
    return { writer, reader };
  } catch (error) {
    for (const db of opened) db.close();
    throw toStoreOpenError(error, file);
  }
}

/** What SQLite said about the file, as a line that says what to do. */
export function toStoreOpenError(error: unknown, file: string): StoreOpenError {
  return error instanceof StoreOpenError ? error : new StoreOpenError(describe(error, file), { cause: error });
}

function connect(file: string, readOnly: boolean): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly, timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    if (!readOnly) db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.exec('SELECT count(*) FROM sqlite_schema');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Throws `StoreOpenError` when a page of the file is not what SQLite wrote. */
export function quickCheck(db: DatabaseSync, file: string): void {
  const found = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (found !== 'ok') throw damaged(file, String(found).replaceAll('\n', ' '));
}

/** The schema version of the file, when it is one of ours and of a version that is known; throws `StoreOpenError` otherwise. */
export function knownSchema(db: DatabaseSync, file: string): number {
  const found = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all().map((row) => row['name']);
  if (found === 0 ? tables.length > 0 : TABLES_OF_EVERY_VERSION.some((name) => !tables.includes(name))) {
    throw new StoreOpenError(`${file} is a database of another program: move it away, or point DATA_DIR elsewhere`);
  }
  if (found > MIGRATIONS.length) {
    throw new StoreOpenError(
      `${file} has schema version ${found}, this version of Parley knows up to ${MIGRATIONS.length}: ` +
        'start a newer Parley or restore an older backup',
    );
  }
  return found;
}

function migrate(db: DatabaseSync, file: string): void {
  const found = knownSchema(db, file);
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index >= found) step(db, sql, index + 1);
  }
}

/** `user_version` is part of the transaction: a start that dies in the middle finds the schema it had. */
function step(db: DatabaseSync, sql: string, version: number): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    db.exec(sql);
    db.exec(`PRAGMA user_version = ${version}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** SQLite's result codes (https://www.sqlite.org/rescode.html) that an operator can do something about. */
function describe(error: unknown, file: string): string {
  const code = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
  const reason = error instanceof Error ? error.message : String(error);
  switch (code) {
    case 8:
    case 14:
      return `${file} cannot be opened (${reason}): check that the folder exists and this user may write it`;
    case 11:
      return damaged(file, reason).message;
    case 13:
      return `${file} cannot be written (${reason}): make room on the disk`;
    case 26:
      return `${file} is not a database (${reason}): move it away, or point DATA_DIR elsewhere`;
    default:
      return `${file} cannot be used (${reason}): check the disk, then restore a backup if it stays so`;
  }
}

function damaged(file: string, reason: string): StoreOpenError {
  return new StoreOpenError(`${file} is damaged (${reason}): restore a backup with \`parley restore FILE --force\`, which keeps the damaged file`);
}
