import { FailureError } from '#libs/contracts';
import type { Outcome } from '#libs/channel-sdk';

/** The value of an outcome that went well; throws the refusal for the problem filter. */
export async function granted<Value>(outcome: Promise<Outcome<Value>>): Promise<Value> {
  const settled = await outcome;
  if (!settled.ok) throw new FailureError(settled.failure);
  return settled.value;
}
