import { StorageError } from '#libs/ports';

/** A fault of SQLite as the ports tell it; any other error stays what it is. */
export function toStorageError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (!('code' in error) || error.code !== 'ERR_SQLITE_ERROR') return error;
  return new StorageError(`SQLite: ${error.message}`, { cause: error });
}

/** Runs a read; what SQLite throws becomes a `StorageError`. */
export async function reading<Result>(read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    throw toStorageError(error);
  }
}
