import { TypeOverrides, types, type ClientConfig } from 'pg';

/** The server gives up first, so that its answer, not silence, is what we hear. */
const STATEMENT_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = 12_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** How every connection is made: each query has a deadline, a commit waits for the disk, and a bigint (times in ms, counts) is a number. */
export function connectionTo(url: string): ClientConfig {
  const parsers = new TypeOverrides();
  parsers.setTypeParser(types.builtins.INT8, Number);
  return {
    connectionString: url,
    fallback_application_name: 'parley',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    options: '-c synchronous_commit=on',
    types: parsers,
  };
}
