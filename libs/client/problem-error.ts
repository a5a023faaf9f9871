import { ProblemSchema, type Problem } from '#libs/contracts';

/** The gateway refused, or a turn failed: its problem, and what else the answer carried (`messageId`, `partial` …). */
export class ProblemError extends Error {
  constructor(
    readonly problem: Problem,
    readonly more: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${problem.title}: ${problem.detail}`);
    this.name = 'ProblemError';
  }
}

/** No gateway answered at the address, or what answered was none. */
export class UnreachableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnreachableError';
  }
}

/** The problem that `value` is; null when it is something else. */
export function problemIn(value: unknown): Problem | null {
  const parsed = ProblemSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
