import type { Failure } from '#libs/contracts';

/** An expected outcome as a value: it went well, or it was refused and why. */
export type Outcome<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly failure: Failure };

export function ok<Value>(value: Value): Outcome<Value> {
  return { ok: true, value };
}

export function refused(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure };
}
