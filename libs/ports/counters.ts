/** A limit on how often something may happen. */
export interface Quota {
  readonly limit: number;
  readonly windowMs: number;
  /** Set when more than the principal counts on it. */
  readonly of?: 'tenant';
}

/**
 * A name to count under. Whoever counts on it often keeps one object of it: counters note in it where they count it, so that they need not
 * search for the name each time. A note is theirs alone, and a hint: they see for themselves whether it still holds.
 */
export class CounterKey {
  place = -1;
  first = 0;
  second = 0;
  third = 0;

  constructor(readonly name: string) {}
}

/** Something that happens, under the key that it counts for. */
export interface Hit {
  readonly key: CounterKey;
  readonly quotas: readonly Quota[];
}

export interface QuotaState extends Quota {
  readonly remaining: number;
  /** Milliseconds until the quota has room again, or, when it has, until it is whole again. */
  readonly resetMs: number;
}

export interface Decision {
  readonly allowed: boolean;
  /** One for each quota asked, in the same order. */
  readonly quotas: readonly QuotaState[];
  /** Milliseconds to wait when not allowed, else 0. */
  readonly retryAfterMs: number;
}

/**
 * Counts what principals do. A decision costs the same however many hits and keys there are, and is exact
 * under parallel callers: of N hits at once on a quota of L, L are allowed. A refused hit counts nothing.
 */
export abstract class Counters {
  abstract hit(key: CounterKey | string, quotas: readonly Quota[], at: number): Decision | Promise<Decision>;
  /** One thing that counts under several keys: under all of them, or, when one has no room, under none. */
  abstract hitAll(hits: readonly Hit[], at: number): Decision | Promise<Decision>;
}
