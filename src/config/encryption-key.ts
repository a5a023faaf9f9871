import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, type Config } from './config.js';

const FILE = 'encryption-key';
const KEY_BYTES = 32;

/**
 * The 32 bytes behind everything that is sealed or signed: ENCRYPTION_KEY, else the file `encryption-key` (mode 0600) in DATA_DIR,
 * which is made when it is not there. Nobody uses them as they are; each purpose derives a key of its own (HKDF, RFC 5869).
 * Throws `ConfigError` when the file holds something else.
 */
export function encryptionKey({ settings }: Config): Buffer {
  if (settings.ENCRYPTION_KEY !== undefined) return Buffer.from(settings.ENCRYPTION_KEY, 'base64');
  const path = join(settings.DATA_DIR, FILE);
  const key = Buffer.from(read(path) ?? make(settings.DATA_DIR, path), 'base64');
  if (key.length !== KEY_BYTES) throw new ConfigError([`${path}: must hold 32 bytes in base64; restore it from a backup`]);
  return key;
}

/** Keys that were in use before, from ENCRYPTION_KEYS_EARLIER: what they sealed or signed is still known. */
export function earlierKeys({ settings }: Config): Buffer[] {
  return settings.ENCRYPTION_KEYS_EARLIER.map((text) => Buffer.from(text, 'base64'));
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function make(folder: string, path: string): string {
  const key = randomBytes(KEY_BYTES).toString('base64');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx', flush: true });
  return key;
}
