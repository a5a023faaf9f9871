import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreOpenError } from '../store-open-error.js';
import { MigrationProgress } from '../migration-progress.js';
import { MIGRATIONS } from './migrations.js';
import { PageCheck } from './page-check.js';

const BUSY_TIMEOUT_MS = 5_000;
/** Pages in the log before they are copied into the file: 16 MiB, so that a checkpoint serves many commits. */
const CHECKPOINT_PAGES = 4_096;

/** Up to this size a file is checked where it is opened: that is quicker than another process is started. */
const SMALL_BYTES = 32 * 1024 * 1024;

const TABLES_OF_EVERY_VERSION = ['sessions', 'events', 'turns', 'keys'];

export interface Connections {
  readonly writer: DatabaseSync;
  readonly reader: DatabaseSync;
  /** The check of the file, where it was asked for and still runs. */
  readonly check: PageCheck | null;
}

/**
 * Opens the file, brings its schema forward, and gives a connection that writes and one that reads. Throws `StoreOpenError`.
 * `checkWithinMs`: all pages are read and checked first, about a second for each GB that is in memory; the check of a large file that
 * takes longer goes on meanwhile. Null: the file is trusted. `tell` hears of a migration that takes long.
 */
export function openDatabase(file: string, checkWithinMs: number | null, tell: (line: string) => void = () => undefined): Connections {
  const opened: DatabaseSync[] = [];
  let check: PageCheck | null = null;
  try {
    const writer = connect(file, false);
    opened.push(writer);
    if (checkWithinMs !== null) {
      const beside = statSync(file).size <= SMALL_BYTES ? null : PageCheck.begin(file);
      if (beside === null) quickCheck(writer, file);
      else check = unlessFinished(beside, file, checkWithinMs);
    }
    migrate(writer, file, tell);
    const reader = connect(file, true);
    opened.push(reader);
    return { writer, reader, check };
  } catch (error) {
    check?.stop();
    for (const db of opened) db.close();
    throw toStoreOpenError(error, file);
  }
}

/** The check, if it has not ended by then. Throws `StoreOpenError` when it has found damage. */
function unlessFinished(check: PageCheck, file: string, withinMs: number): PageCheck | null {
  const found = check.foundWithin(withinMs);
  if (found === null) return check;
  check.stop();
  if (found !== 'ok') throw damaged(file, found);
  return null;
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
  if (found !== 'ok') throw damaged(file, String(found));
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

function migrate(db: DatabaseSync, file: string, tell: (line: string) => void): void {
  const found = knownSchema(db, file);
  if (found === MIGRATIONS.length) return;
  const progress = new MigrationProgress(file, statSync(file).size, { from: found, to: MIGRATIONS.length }, tell);
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < found) continue;
    step(db, sql, index + 1);
    progress.reached(index + 1);
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

/** Says what to do about a file in which something is wrong. */
export function damaged(file: string, reason: string): StoreOpenError {
  return new StoreOpenError(`${file} is damaged (${reason.replaceAll('\n', ' ')}): restore a backup with \`parley restore FILE --force\`, which keeps the damaged file`);
}
