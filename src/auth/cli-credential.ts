import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT, NO_PRINCIPAL_LIMITS } from '#libs/contracts';
import { Clock, IdGenerator, Keys } from '#libs/ports';
import { Config } from '../config/config.js';
import { newApiKey } from './api-key.js';
import { KeyRing } from './key-ring.js';

const FILE = 'cli-credential';
const OWNER_ONLY = 0o600;
const FOLDER_OWNER_ONLY = 0o700;

/** The key with which the command line on this machine comes in: the file `cli-credential` (mode 0600) in DATA_DIR, one line. */
@Injectable()
export class CliCredential {
  /** True when `ensure` made the first key that the default tenant ever had here. */
  madeFirstKey = false;

  constructor(
    private readonly keys: Keys,
    private readonly keyRing: KeyRing,
    private readonly ids: IdGenerator,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** Makes key and file unless a file with a good key is there. */
  async ensure(): Promise<void> {
    const path = join(this.config.settings.DATA_DIR, FILE);
    const kept = await read(path);
    if (kept !== null && (await this.keyRing.verify(kept)) !== null) return chmod(path, OWNER_ONLY);
    const known = await this.keys.list(DEFAULT_TENANT, { limit: 1 });
    const { key, prefix, hash } = newApiKey();
    await this.keys.create({
      id: this.ids.next(),
      tenantId: DEFAULT_TENANT,
      name: 'CLI on this machine',
      scopes: ['admin'],
      limits: NO_PRINCIPAL_LIMITS,
      createdAt: this.clock.now(),
      expiresAt: null,
      lastUsedAt: null,
      secrets: [{ prefix, hash, expiresAt: null }],
    });
    await this.write(path, `${key}\n`);
    this.madeFirstKey = known !== 'bad_cursor' && known.items.length === 0;
  }

  /** In one step, so that nobody reads half a key and no earlier mode of the file survives. */
  private async write(path: string, text: string): Promise<void> {
    await mkdir(this.config.settings.DATA_DIR, { recursive: true, mode: FOLDER_OWNER_ONLY });
    const fresh = `${path}.${randomUUID()}`;
    await writeFile(fresh, text, { mode: OWNER_ONLY, flag: 'wx' });
    await rename(fresh, path);
  }
}

async function read(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
