import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, type Config } from '../config/config.js';

const FILE = 'encryption-key';
const OWNER_ONLY = 0o600;
const FOLDER_OWNER_ONLY = 0o700;
const KEY = /^[A-Za-z0-9+/]{43}=$/;

/**
 * The key of ENCRYPTION_KEY, else the one in DATA_DIR, which is made when there is none. Throws `ConfigError` when the file holds
 * no key: a new one would make what was sealed unreadable.
 */
export function encryptionKey(config: Config): Buffer {
  const { ENCRYPTION_KEY, DATA_DIR } = config.settings;
  if (ENCRYPTION_KEY !== undefined) return Buffer.from(ENCRYPTION_KEY, 'base64');
  const path = join(DATA_DIR, FILE);
  const text = read(path) ?? make(path, DATA_DIR);
  if (!KEY.test(text)) throw new ConfigError([`ENCRYPTION_KEY: ${path} does not hold 32 bytes in base64; restore it from a backup`]);
  chmodSync(path, OWNER_ONLY);
  return Buffer.from(text, 'base64');
}

/** Written whole under another name first: nobody reads half a key, and of two who make one at once both get the same. */
function make(path: string, folder: string): string {
  mkdirSync(folder, { recursive: true, mode: FOLDER_OWNER_ONLY });
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, `${randomBytes(32).toString('base64')}\n`, { mode: OWNER_ONLY, flush: true });
  try {
    linkSync(fresh, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
  return read(path) ?? '';
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
