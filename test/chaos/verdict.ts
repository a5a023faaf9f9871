/** What must not happen, whatever else does. Each is counted, with what it was that happened. */
export const ZEROS = [
  'sent and never answered',
  'accepted without an end',
  'two ends',
  'one id, two messages',
  'two effects under one message',
  'completed without its effect',
  'effects without intent',
  'repeats without a crash',
  'repeats of an answered call',
  'started again without a crash',
  'doubtful calls that did not fail',
  'failed without a reason',
  'wrong replies',
  'out of order in a session',
  'events on a wrong socket',
  'events heard that are not stored',
  'events heard twice or out of order',
  'holes in streamed text',
] as const;
export type Zero = (typeof ZEROS)[number];

export interface Verdict {
  readonly violations: ReadonlyMap<Zero, readonly string[]>;
  /** Calls that were attempted more than once, each after a crash: allowed, and told. */
  readonly repeatedCalls: readonly string[];
  /** How often turns were started again, by what of them was stored last before the crash. */
  readonly startedAgain: ReadonlyMap<string, number>;
  readonly turns: { readonly completed: number; readonly failed: number; readonly cancelled: number };
}

/** Says that one of the zeros does not hold, and by what. */
export type Broken = (zero: Zero, what: string) => void;

/** All that was broken, a line each; empty when every zero holds. */
export function brokenPromises({ violations }: Verdict): string[] {
  return [...violations].flatMap(([zero, cases]) => cases.map((what) => `${zero}: ${what}`));
}
