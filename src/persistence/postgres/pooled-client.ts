import type { PostgresCursor, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { PoolClient, QueryResultRow } from 'pg';
import { isAnswer, toStorageError } from './to-storage-error.js';

/**
 * A connection of the pool as Kysely takes it. What goes wrong is a `StorageError`; a connection that failed otherwise than by the
 * server's answer may still owe one, and does not go back into the pool.
 */
export class PooledClient implements PostgresPoolClient {
  readonly #client: PoolClient;
  #broken = false;

  constructor(client: PoolClient) {
    this.#client = client;
    // The pool listens only to connections that rest in it. A break without a listener would end the process.
    client.on('error', this.#noteBreak);
  }

  query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>>;
  query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  query<Row extends QueryResultRow>(sql: string | PostgresCursor<Row>, parameters: readonly unknown[] = []): unknown {
    if (typeof sql !== 'string') throw new TypeError('cursors are not supported');
    return this.#ask<Row>(sql, parameters);
  }

  release(destroy = false): void {
    const end = destroy || this.#broken;
    this.#client.release(end);
    if (!end) this.#client.off('error', this.#noteBreak);
  }

  readonly #noteBreak = (): void => {
    this.#broken = true;
  };

  async #ask<Row extends QueryResultRow>(sql: string, parameters: readonly unknown[]) {
    try {
      return await this.#client.query<Row>(sql, [...parameters]);
    } catch (error) {
      this.#broken ||= !isAnswer(error);
      throw toStorageError(error);
    }
  }
}
