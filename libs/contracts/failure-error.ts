import { ERRORS, failure, type ErrorCode, type Failure } from './problem.js';

/** A failure on its way up to the edge that turns it into a problem. Throw it where a value cannot carry the outcome. */
export class FailureError extends Error {
  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(`${ERRORS[failure.code].title}: ${failure.detail}`, options);
    this.name = 'FailureError';
  }

  static of(code: ErrorCode, detail: string, more: Pick<Failure, 'retryAfterMs' | 'errors'> = {}): FailureError {
    return new FailureError(failure(code, detail, more));
  }
}
