import type { Problem } from '#libs/contracts';

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Headers of an answer whose body is a problem: its media type, and `Retry-After` in whole seconds (RFC 9110) where it says when. */
export function problemHeaders(problem: Pick<Problem, 'retryAfterMs' | 'code'>): Record<string, string> {
  return {
    'content-type': PROBLEM_TYPE,
    ...(problem.retryAfterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(problem.retryAfterMs / 1000))) }),
    ...(problem.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
  };
}
