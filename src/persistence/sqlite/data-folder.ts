import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../../config/make-folder.js';
import { StoreOpenError } from '../store-open-error.js';

/** A data folder that this process alone uses, until it is released or dies. */
export interface DataFolder {
  /** The database file; it exists, for this user only. */
  readonly file: string;
  /** Whether the process that had the folder before put its store away in good order, as far as this can be seen. */
  readonly leftClean: boolean;
  /** `clean`: the store was put away in good order. */
  release(clean: boolean): void;
}

/** SQLite's result codes for a lock that somebody else has (https://www.sqlite.org/rescode.html). */
const BUSY = new Set([5, 6]);

/**
 * Makes the folder (0700) if it is not there and takes it for this process. Throws `StoreOpenError` naming the process that has it.
 *
 * `parley.owner` names the process; it is there as long as the store is open, so one that is found tells of an end by force.
 * The lock is SQLite's own on a file of its own, so the system drops it with the process, however that ends: there are no stale
 * locks to judge. Nothing else may open `parley.lock`: POSIX drops a process's locks when it closes any descriptor of the file.
 */
export function takeDataFolder(folder: string): DataFolder {
  const owner = join(folder, 'parley.owner');
  const file = join(folder, 'parley.db');
  try {
    makeFolder(folder);
    touch(join(folder, 'parley.lock'));
    const lock = lockFile(folder, owner);
    try {
      const leftClean = !existsSync(owner);
      writeFileSync(owner, `process ${process.pid} on ${hostname()}, since ${new Date().toISOString()}\n`, { mode: 0o600 });
      touch(file);
      return { file, leftClean, release: (clean) => release(lock, owner, clean) };
    } catch (error) {
      lock.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof StoreOpenError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreOpenError(`${folder} cannot be used (${reason}): DATA_DIR must be a folder that this user may write`, { cause: error });
  }
}

function release(lock: DatabaseSync, owner: string, clean: boolean): void {
  try {
    if (clean) rmSync(owner, { force: true });
  } finally {
    lock.close();
  }
}

/** Never opens a file that is there: see above. SQLite gives the files beside the database (log, journal) the same mode. */
function touch(file: string): void {
  if (existsSync(file)) return;
  closeSync(openSync(file, 'a', 0o600));
}

function lockFile(folder: string, owner: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, 'parley.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    const isBusy = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && BUSY.has(error.errcode & 0xff);
    if (!isBusy) throw error;
    throw new StoreOpenError(`${folder} is used by another Parley (${ownerOf(owner)}): stop it, or set another DATA_DIR`, { cause: error });
  }
}

function ownerOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    return `its name cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
