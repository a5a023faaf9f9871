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
  }

  query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>>;
  query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  query<Row extends QueryResultRow>(sql: string | PostgresCursor<Row>, parameters: readonly unknown[] = []): unknown {
    if (typeof sql !== 'string') throw new TypeError('cursors are not supported');
    return this.#ask<Row>(sql, parameters);
  }

  release(destroy = false): void {
    this.#client.release(destroy || this.#broken);
  }

  async #ask<Row extends QueryResultRow>(sql: string, parameters: readonly unknown[]) {
    try {
      return await this.#client.query<Row>(sql, [...parameters]);
    } catch (error) {
      this.#broken ||= !isAnswer(error);
      throw toStorageError(error);
    }
  }
}
