import { chmodSync, closeSync, existsSync, fsyncSync, openSync, readSync, statSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StorageError } from '#libs/ports';
import { StoreOpenError } from '../store-open-error.js';
import { copyDatabase } from './copy-database.js';
import { takeDataFolder, type DataFolder } from './data-folder.js';
import { knownSchema, quickCheck, toStoreOpenError } from './open-database.js';

/** What every SQLite file begins with (https://www.sqlite.org/fileformat.html, section 1.3). */
const HEADER = 'SQLite format 3\0';
const OWNER_ONLY = 0o600;

/** Reads all of a backup and gives its schema version. Throws `StoreOpenError` when this version could not start on it. Writes nothing. */
export function verifyBackup(file: string): number {
  if (!existsSync(file)) throw new StoreOpenError(`${file} is not there`);
  if (headOf(file) !== HEADER) throw new StoreOpenError(`${file} is not a backup of Parley: it does not begin like a SQLite database`);
  const url = pathToFileURL(resolve(file));
  url.searchParams.set('immutable', '1');
  try {
    const db = new DatabaseSync(url, { readOnly: true });
    try {
      quickCheck(db, file);
      return knownSchema(db, file);
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof StoreOpenError) throw error;
    throw new StoreOpenError(`${file} is damaged (${error instanceof Error ? error.message : String(error)}): use another backup`, { cause: error });
  }
}

/** Copies the store of a folder that no gateway uses into the empty file `to`; throws `StoreOpenError` when one does or none is there. */
export async function backUpFolder(folder: string, to: string): Promise<void> {
  if (!hasData(folder)) throw new StoreOpenError(`${folder} holds no data: set DATA_DIR to the folder of the gateway`);
  const data = takeDataFolder(folder);
  try {
    await copyDatabase(data.file, to);
  } catch (error) {
    throw error instanceof StorageError ? error : toStoreOpenError(error, data.file);
  } finally {
    data.release(data.leftClean);
  }
}

/**
 * Puts the backup into a folder that no gateway uses. Data that is there is refused, or, with `force`, moved into a folder beside it,
 * whose path is given. Throws `StoreOpenError`; then the folder is as it was.
 */
export async function restoreFolder(folder: string, from: string, force: boolean, at: Date): Promise<{ schema: number; movedTo: string | null }> {
  const schema = verifyBackup(from);
  const occupied = hasData(folder);
  if (occupied && !force) throw new StoreOpenError(`${folder} holds data already: --force puts it aside and restores the backup`);
  const data = takeDataFolder(folder);
  const fresh = join(folder, 'parley.db.restoring');
  let clean = data.leftClean;
  try {
    await rm(fresh, { force: true });
    await copyFile(from, fresh);
    chmodSync(fresh, OWNER_ONLY);
    flush(fresh);
    verifyBackup(fresh);
    const movedTo = occupied ? await putAside(data, folder, at) : null;
    await rename(fresh, data.file);
    flush(folder);
    clean = true;
    return { schema, movedTo };
  } finally {
    await rm(fresh, { force: true });
    data.release(clean);
  }
}

/** On disk: the bytes of a file, or the names in a folder. */
export function flush(path: string): void {
  const opened = openSync(path, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

function hasData(folder: string): boolean {
  return ['parley.db', 'parley.db-wal'].map((name) => join(folder, name)).some((file) => existsSync(file) && statSync(file).size > 0);
}

function headOf(file: string): string {
  const opened = openSync(file, 'r');
  try {
    const head = Buffer.alloc(HEADER.length);
    readSync(opened, head, 0, head.length, 0);
    return head.toString('latin1');
  } finally {
    closeSync(opened);
  }
}

async function putAside({ file }: DataFolder, folder: string, at: Date): Promise<string> {
  const aside = join(folder, `before-restore-${at.toISOString().replaceAll(/[:.]/g, '-')}`);
  await mkdir(aside, { mode: 0o700 });
  for (const suffix of ['-wal', '-shm', '']) {
    if (existsSync(`${file}${suffix}`)) await rename(`${file}${suffix}`, join(aside, `parley.db${suffix}`));
  }
  flush(aside);
  return aside;
}
