import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DEFAULT_TENANT, type Scope } from '#libs/contracts';
import { takeDataFolder } from './data-folder.js';
import { knownSchema, quickCheck, toStoreOpenError } from './open-database.js';

export interface FolderLook {
  readonly detail: string;
  /** Keys of the tenant `default`; null when there is no store yet. */
  readonly keys: readonly { readonly scopes: readonly Scope[]; readonly expiresAt: number | null }[] | null;
}

/** Reads all of the store of a folder that no gateway uses, and changes nothing in it. Throws `StoreOpenError`. */
export function lookIntoFolder(folder: string): FolderLook {
  const path = join(folder, 'parley.db');
  if (!existsSync(path) || statSync(path).size === 0) return { detail: `${folder} holds no data yet; the first start makes it`, keys: null };
  const data = takeDataFolder(folder);
  try {
    const db = new DatabaseSync(data.file);
    try {
      quickCheck(db, data.file);
      const schema = knownSchema(db, data.file);
      const rows = db.prepare('SELECT scopes, expires_at FROM keys WHERE tenant_id = ?').all(DEFAULT_TENANT);
      const keys = rows.map((row) => ({ scopes: scopesIn(String(row['scopes'])), expiresAt: row['expires_at'] === null ? null : Number(row['expires_at']) }));
      return { detail: `SQLite, schema version ${schema}, ${Math.ceil(statSync(path).size / 1024 / 1024)} MiB, read and found whole`, keys };
    } finally {
      db.close();
    }
  } catch (error) {
    throw toStoreOpenError(error, data.file);
  } finally {
    data.release(data.leftClean);
  }
}

function scopesIn(json: string): Scope[] {
  const scopes: Scope[] = JSON.parse(json);
  return scopes;
}
