import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { failure, FailureError } from '#libs/contracts';
import { StorageError, StoreControl } from '#libs/ports';
import { Config } from '../config/config.js';

const FOLDER = 'backups';
const FILE = 'backup.partial';
const RETRY_AFTER_MS = 5000;

/** A copy of the store that waits to be fetched. */
export interface Backup {
  readonly file: string;
  readonly bytes: number;
  /** Of its bytes, base64. */
  readonly sha256: string;
  /** Removes it; the next one can be made. */
  discard(): Promise<void>;
}

/** Copies of the store while the gateway runs, one at a time, in `DATA_DIR/backups` until they are fetched. */
@Injectable()
export class Backups {
  #busy = false;

  constructor(
    private readonly config: Config,
    private readonly store: StoreControl,
  ) {}

  /** Throws `FailureError`: `conflict` when another is being made or the database has tools of its own, `storage_unavailable` without room. */
  async make(): Promise<Backup> {
    if (this.#busy) throw FailureError.of('conflict', 'a backup is being made already');
    this.#busy = true;
    const file = join(this.config.settings.DATA_DIR, FOLDER, FILE);
    const discard = async (): Promise<void> => {
      await rm(file, { force: true }).finally(() => (this.#busy = false));
    };
    try {
      await this.#copy(file);
      const { size: bytes } = await stat(file);
      return { file, bytes, sha256: await sha256Of(file), discard };
    } catch (error) {
      await discard();
      if (!(error instanceof StorageError)) throw error;
      throw new FailureError(failure('storage_unavailable', `the backup could not be made: ${error.message}`, { retryAfterMs: RETRY_AFTER_MS }));
    }
  }

  /** What a crash left of an earlier one is overwritten. */
  async #copy(file: string): Promise<void> {
    await mkdir(join(this.config.settings.DATA_DIR, FOLDER), { recursive: true, mode: 0o700 });
    await rm(file, { force: true });
    await (await open(file, 'wx', 0o600)).close();
    if ((await this.store.backup(file)) === 'done') return;
    throw FailureError.of('conflict', 'The database is PostgreSQL: make backups with pg_dump, see docs/operations.md.');
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('base64');
}
