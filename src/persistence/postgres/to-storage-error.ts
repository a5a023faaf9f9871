import { DatabaseError } from 'pg';
import { StorageError } from '#libs/ports';

/** A fault of the server or of the way to it, as the ports tell it. The messages of `pg` hold no values and no password. */
export function toStorageError(error: unknown): StorageError {
  return error instanceof StorageError ? error : new StorageError(`PostgreSQL: ${describe(error)}`, { cause: error });
}

/** What went wrong in one line. A refused connection to a name with several addresses is an error without a message of its own. */
export function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(describe).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** SQLSTATE of a connection that is gone or going: class 08, and the shutdowns of class 57 (PostgreSQL, appendix A). */
const CONNECTION_ENDED = /^(08|57P)/;

/** True when the server answered that it could not do it, and the connection is as good as before. */
export function isAnswer(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && !CONNECTION_ENDED.test(error.code ?? '');
}
