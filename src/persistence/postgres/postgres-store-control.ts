import { StorageError, StoreControl } from '#libs/ports';
import type { Database } from './database.js';
import type { StepWriter } from './step-writer.js';
import type { WriterConnection } from './writer-connection.js';

/** The probe goes the way of a message and back through the pool. Closing twice is closing once. */
export class PostgresStoreControl extends StoreControl {
  readonly #connection: WriterConnection;
  readonly #writer: StepWriter;
  readonly #database: Database;
  #closing: Promise<void> | null = null;

  constructor(connection: WriterConnection, writer: StepWriter, database: Database) {
    super();
    this.#connection = connection;
    this.#writer = writer;
    this.#database = database;
  }

  /** Writes on the way of the messages, then reads it through the pool. */
  override async probe(): Promise<void> {
    const written = await this.#writer.submit({ step: 'probe' }, ({ count }: { count: number }) => count);
    const found = await this.#database.selectFrom('probes').select('count').where('id', '=', 1).executeTakeFirst();
    if (found === undefined || found.count < written) throw new StorageError('PostgreSQL: a write is not read back');
  }

  override doubt(): null {
    return null;
  }

  /** `pg_dump` is made for this. */
  override async backup(): Promise<'unsupported'> {
    return 'unsupported';
  }

  override close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#writer.close();
    await Promise.all([this.#connection.close(), this.#database.destroy()]);
  }
}
