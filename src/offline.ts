import type { Diagnosis } from '#libs/contracts';
import { StorageError } from '#libs/ports';
import type { Config } from './config/config.js';
import { offlineDiagnosis, type StoreLook } from './maintenance/doctor/offline-diagnosis.js';
import { lookIntoDatabase } from './persistence/postgres/look-into-database.js';
import { lookIntoFolder } from './persistence/sqlite/look-into-folder.js';
import { backUpFolder, flush, restoreFolder, verifyBackup } from './persistence/sqlite/backup-file.js';
import { MIGRATIONS } from './persistence/sqlite/migrations.js';
import { StoreOpenError } from './persistence/store-open-error.js';

/** What the command line does with files and with a data folder that no gateway uses. `reason` is one line that says what to do. */
export type Done<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly reason: string };

/** Reads all of a backup; the value is its schema version. */
export function checkBackup(file: string): Promise<Done<number>> {
  return done(() => verifyBackup(file));
}

/** Copies the store of the folder into an empty file. */
export function backUpOffline(dataDir: string, file: string): Promise<Done<void>> {
  return done(() => backUpFolder(dataDir, file));
}

/** Puts a backup into the folder; `movedTo` is where data that was there is now, `behind` whether its schema is older than today's. */
export function restoreOffline(dataDir: string, file: string, force: boolean): Promise<Done<{ schema: number; behind: boolean; movedTo: string | null }>> {
  return done(async () => {
    const restored = await restoreFolder(dataDir, file, force, new Date());
    return { ...restored, behind: restored.schema < MIGRATIONS.length };
  });
}

/** Returns once the file's bytes, or the folder's names, are on disk. */
export function toDisk(path: string): void {
  flush(path);
}

/** Looks at what a gateway with this environment would start on. */
export function diagnoseOffline(env: Readonly<Record<string, string | undefined>>): Promise<Diagnosis> {
  return offlineDiagnosis(env, lookIntoStore, Date.now());
}

async function lookIntoStore({ settings }: Config): Promise<StoreLook> {
  const { DATABASE_URL: url } = settings;
  const look = await done(async () => (url === undefined ? lookIntoFolder(settings.DATA_DIR) : { detail: await lookIntoDatabase(url), keys: null }));
  return look.ok ? { ok: true, ...look.value } : look;
}

async function done<Value>(work: () => Value | Promise<Value>): Promise<Done<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof StoreOpenError || error instanceof StorageError) return { ok: false, reason: error.message };
    throw error;
  }
}
