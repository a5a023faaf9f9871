import { FailureError } from '#libs/contracts';
import type { Outcome } from './outcome.js';

/** The value of an outcome that went well; throws the refusal as a `FailureError`, for an edge that answers exceptions. */
export async function granted<Value>(outcome: Promise<Outcome<Value>>): Promise<Value> {
  const settled = await outcome;
  if (!settled.ok) throw new FailureError(settled.failure);
  return settled.value;
}
