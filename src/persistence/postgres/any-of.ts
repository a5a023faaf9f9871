import { sql, type Expression, type RawBuilder } from 'kysely';

/**
 * `= ANY (…)` what the query gives: the keys of a page, from an index that holds all that is asked of them. Asked for whole rows instead, the
 * server may walk the primary key through the rows of all tenants, which it takes for evenly mixed.
 */
export function anyOf<Key>(keys: Expression<unknown>): RawBuilder<Key> {
  return sql<Key>`ANY (ARRAY(${keys}))`;
}
