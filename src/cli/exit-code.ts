import type { ErrorCode } from '#libs/contracts';
import { ProblemError, UnreachableError } from '#libs/client';
import { UsageError } from './usage-error.js';

/** What the process ends with; part of the command line's contract. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notAllowed: 3, unreachable: 4, refusedForNow: 5, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  validation_failed: EXIT.usage,
  unauthenticated: EXIT.notAllowed,
  permission_denied: EXIT.notAllowed,
  rate_limited: EXIT.refusedForNow,
  budget_exhausted: EXIT.refusedForNow,
  overloaded: EXIT.refusedForNow,
  shutting_down: EXIT.refusedForNow,
  storage_unavailable: EXIT.refusedForNow,
};

/** The exit code of an expected error; null for a fault of ours. */
export function exitCodeOf(error: unknown): ExitCode | null {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof UnreachableError) return EXIT.unreachable;
  if (error instanceof ProblemError) return BY_CODE[error.problem.code] ?? EXIT.failed;
  return null;
}
