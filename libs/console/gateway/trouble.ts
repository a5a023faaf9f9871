import type { Problem } from '#libs/contracts';
import { ProblemError, UnreachableError } from '#libs/client';

/** What went wrong, as the page tells it: a problem of the gateway, or the page's own words when the gateway was not reached. */
export type Trouble = Pick<Problem, 'title' | 'detail' | 'suggestion' | 'retryable'> & { readonly code: Problem['code'] | 'unreachable' };

const UNREACHABLE: Trouble = {
  code: 'unreachable',
  title: 'The gateway does not answer',
  detail: 'Nothing came back from the address of this page.',
  suggestion: 'Check that it is running and that you are connected, then try again.',
  retryable: true,
};

/** The trouble behind an error of the client; throws again what is no such error. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof UnreachableError) return UNREACHABLE;
  throw error;
}
