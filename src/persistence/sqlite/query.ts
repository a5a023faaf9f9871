import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** A prepared statement whose rows have the shape `Row`; the SQL text is what vouches for it. */
export class Query<Row extends object = Record<string, never>> {
  readonly #statement: StatementSync;

  constructor(db: DatabaseSync, sql: string) {
    this.#statement = db.prepare(sql);
  }

  get(...values: SQLInputValue[]): Row | undefined {
    return this.#statement.get(...values) as Row | undefined;
  }

  all(...values: SQLInputValue[]): Row[] {
    return this.#statement.all(...values) as Row[];
  }

  /** The number of rows that changed. */
  run(...values: SQLInputValue[]): number {
    return Number(this.#statement.run(...values).changes);
  }
}
