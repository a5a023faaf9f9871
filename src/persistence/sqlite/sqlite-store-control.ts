import type { DatabaseSync } from 'node:sqlite';
import { StorageError, StoreControl } from '#libs/ports';
import { copyDatabase } from './copy-database.js';
import type { DataFolder } from './data-folder.js';
import type { GroupCommit } from './group-commit.js';
import type { Connections } from './open-database.js';
import { UNCHECKED } from './page-check.js';
import { Query } from './query.js';
import { reading, toStorageError } from './to-storage-error.js';

/** The life of the SQLite store: its two connections and its data folder. */
export class SqliteStoreControl extends StoreControl {
  readonly #folder: DataFolder;
  readonly #db: Connections;
  readonly #writer: GroupCommit;
  readonly #write;
  readonly #read;
  #closed = false;

  constructor(folder: DataFolder, db: Connections, writer: GroupCommit) {
    super();
    this.#folder = folder;
    this.#db = db;
    this.#writer = writer;
    this.#write = new Query<{ count: number }>(db.writer, 'UPDATE probes SET count = count + 1 WHERE id = 1 RETURNING count');
    this.#read = new Query<{ count: number }>(db.reader, 'SELECT count FROM probes WHERE id = 1');
  }

  /** Writes through to the disk, then reads it on the other connection. */
  override async probe(): Promise<void> {
    const written = await this.#writer.submit(() => this.#write.get()?.count);
    const found = await reading(() => this.#read.get()?.count);
    if (written === undefined || found === undefined || found < written) throw new StorageError('SQLite: a write is not read back');
  }

  override doubt(): string | null {
    return this.#db.check?.unfinished === true ? UNCHECKED : null;
  }

  override async backup(file: string): Promise<'done'> {
    try {
      await copyDatabase(this.#folder.file, file);
      return 'done';
    } catch (error) {
      throw toStorageError(error);
    }
  }

  override async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#writer.close();
    const { check } = this.#db;
    check?.stop();
    closeAll(this.#db.reader, this.#db.writer);
    this.#folder.release(check === null || check.found === 'ok');
  }
}

/** The writer last: it copies the log into the file as it goes. */
function closeAll(...connections: readonly DatabaseSync[]): void {
  for (const db of connections) db.close();
}
