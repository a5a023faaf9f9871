import { failure, FailureError, type Failure } from '#libs/contracts';
import { StorageError } from '#libs/ports';

const STORAGE_RETRY_AFTER_MS = 1000;

/** The failure that an exception stands for at every door; null for one that says nothing a caller may be told. */
export function toldFailure(error: unknown): Failure | null {
  if (error instanceof FailureError) return error.failure;
  if (!(error instanceof StorageError)) return null;
  return failure('storage_unavailable', 'The store could not be reached; nothing was changed.', { retryAfterMs: STORAGE_RETRY_AFTER_MS });
}
