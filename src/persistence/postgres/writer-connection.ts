import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { connectionTo } from './connection.js';
import { nameHolder, takeDatabase } from './holder.js';
import { migrate, prepare } from './migrate.js';
import { isAnswer } from './to-storage-error.js';

/** A server that cannot be reached any more does not say goodbye. */
const GOODBYE_MS = 1_000;

export interface WriterOptions {
  readonly url: string;
  /** Names this process among those that ask for the database; made anew at each start. */
  readonly instance: string;
  /** Whether nobody else may write; false when several processes are joined to one gateway. */
  readonly exclusive: boolean;
  /** Told, in a line each, how far a long migration is. */
  readonly tell?: (line: string) => void;
}

/** The one connection that writes the road. When it breaks, the next call makes a new one, which has to take the database again. */
export class WriterConnection {
  readonly #options: WriterOptions;
  #client: Client | null = null;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Connects, takes the database, brings its schema forward. Throws `StoreOpenError` when it cannot be had, else what `pg` throws. */
  async open(): Promise<Client> {
    if (this.#client !== null) return this.#client;
    const client = new Client(connectionTo(this.#options.url));
    client.on('error', () => this.#drop(client));
    client.on('end', () => this.#drop(client));
    try {
      await client.connect();
      if (this.#options.exclusive) await takeDatabase(client, this.#options.instance);
      await prepare(client);
      // Before the schema is brought forward, which can take long: a second process is told who does it.
      if (this.#options.exclusive) await nameHolder(client, this.#options.instance);
      await migrate(client, this.#options.tell);
    } catch (error) {
      await this.#discard(client);
      throw error;
    }
    this.#client = client;
    return client;
  }

  /**
   * Runs steps, a JSON array of them, in one transaction; answers in the same order, on disk. When the server refuses, nothing of them
   * happened. When the connection breaks before the answer, the commit may have happened or not: nobody can tell.
   */
  async run(steps: string): Promise<readonly unknown[]> {
    const client = await this.open();
    try {
      const query = { name: 'run-steps', text: 'SELECT parley.run_steps($1)', values: [steps], rowMode: 'array' as const };
      const { rows } = await client.query<[unknown]>(query);
      return rows.map(([answer]) => answer);
    } catch (error) {
      if (!isAnswer(error)) await this.#discard(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#client !== null) await this.#discard(this.#client);
  }

  #drop(client: Client): void {
    if (this.#client === client) this.#client = null;
  }

  async #discard(client: Client): Promise<void> {
    this.#drop(client);
    await Promise.race([client.end(), delay(GOODBYE_MS, undefined, { ref: false })]);
  }
}
