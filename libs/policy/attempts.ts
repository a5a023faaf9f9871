import { failure, type Failure } from '#libs/contracts';

/** A turn that was cut off starts again at most twice (CONTRACT section 3). */
const MAX_ATTEMPTS = 3;

export function mayStartAgain(attempt: number): boolean {
  return attempt < MAX_ATTEMPTS;
}

/** Why a turn ends that was cut off in its last attempt. */
export function attemptsExhausted(): Failure {
  return failure('execution_failed', `the turn was cut off ${MAX_ATTEMPTS} times and is not started again`);
}
