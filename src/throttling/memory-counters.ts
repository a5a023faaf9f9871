import { CounterKey, Counters, type Decision, type Hit, type Quota, type QuotaState } from '#libs/ports';
import { KeyIndex } from './key-index.js';
import { WINDOWS_PER_SLOT, WindowSlab } from './window-slab.js';

const MAX_KEYS = 1_000_000;
const SWEPT_PER_HIT = 2;
const LOOKED_AT_TO_EVICT = 8;
// Silence is told by the hour, so that looking at every key more often than this would find nothing new.
const LAP_MS = 60_000;
// Longer windows than this are not counted in memory; a key that was silent for so long is forgotten.
const LONGEST_WINDOW_MS = 3_600_000;

/**
 * Counters of this process. Of N hits at once on a quota of L exactly L are allowed, and never more than L in any window.
 * At most a million keys: silent ones are swept a few with each hit, in laps over all of them of which one begins in a minute at most;
 * when all are busy, the one that was silent longest of a few makes room.
 */
export class MemoryCounters extends Counters {
  private readonly index = new KeyIndex();
  private readonly slab = new WindowSlab();
  /** The slot that is swept next; the lap is over when there is none. */
  private swept = 0;
  private lapBegan = 0;
  /** The slot that is looked at last when room must be made. */
  private hand = 0;
  private elapsed = 0;
  private latest = 0;

  constructor(private readonly maxKeys: number = MAX_KEYS) {
    super();
  }

  hit(key: CounterKey | string, quotas: readonly Quota[], at: number): Decision {
    const now = this.#begin(at);
    const kept = keyOf(key);
    const known = this.index.find(kept);
    if (!this.#haveRoom(known, quotas, now)) return refusalOf(this.#statesOf(known, quotas, now));
    const slot = known ?? this.make(kept, now);
    this.#count(slot, quotas, now);
    return { allowed: true, quotas: this.#statesOf(slot, quotas, now), retryAfterMs: 0 };
  }

  hitAll(hits: readonly Hit[], at: number): Decision {
    const now = this.#begin(at);
    if (!hits.every(({ key, quotas }) => this.#haveRoom(this.index.find(key), quotas, now))) {
      return refusalOf(hits.flatMap(({ key, quotas }) => this.#statesOf(this.index.find(key), quotas, now)));
    }
    const after = hits.flatMap(({ key, quotas }) => {
      // Making room for one key may forget another, so that each is looked for when its turn comes.
      const slot = this.index.find(key) ?? this.make(key, now);
      this.#count(slot, quotas, now);
      return this.#statesOf(slot, quotas, now);
    });
    return { allowed: true, quotas: after, retryAfterMs: 0 };
  }

  /** Keys that are remembered now. */
  get size(): number {
    return this.index.size;
  }

  #begin(at: number): number {
    const now = this.steady(at);
    this.sweepSome(now);
    return now;
  }

  #haveRoom(known: number | undefined, quotas: readonly Quota[], now: number): boolean {
    if (quotas.length > WINDOWS_PER_SLOT) throw new RangeError(`At most ${WINDOWS_PER_SLOT} quotas for one key`);
    for (let window = 0; window < quotas.length; window += 1) {
      const quota = quotas[window];
      if (quota === undefined) break;
      if (quota.windowMs > LONGEST_WINDOW_MS) throw new RangeError(`Windows are at most ${LONGEST_WINDOW_MS} ms`);
      if (known === undefined ? quota.limit <= 0 : quota.limit <= this.slab.used(known, window, quota.windowMs, now)) return false;
    }
    return true;
  }

  #count(slot: number, quotas: readonly Quota[], now: number): void {
    for (let window = 0; window < quotas.length; window += 1) this.slab.add(slot, window, quotas[window]?.windowMs ?? 0, now);
  }

  /** Written out for one and two, so that a decision leaves nothing behind but what it answers. */
  #statesOf(slot: number | undefined, quotas: readonly Quota[], now: number): QuotaState[] {
    const [first, second] = [quotas[0], quotas[1]];
    if (first === undefined) return [];
    if (second === undefined) return [this.#stateOf(slot, 0, first, now)];
    return [this.#stateOf(slot, 0, first, now), this.#stateOf(slot, 1, second, now)];
  }

  #stateOf(slot: number | undefined, window: number, { limit, windowMs, of }: Quota, now: number): QuotaState {
    let remaining = limit;
    let resetMs = 0;
    if (slot !== undefined) {
      remaining = Math.max(0, limit - this.slab.used(slot, window, windowMs, now));
      resetMs = remaining === 0 ? this.slab.roomMs(slot, window, windowMs, now) : this.slab.emptyMs(slot, window, windowMs, now);
    }
    return of === undefined ? { limit, windowMs, remaining, resetMs } : { limit, windowMs, of, remaining, resetMs };
  }

  private make(key: CounterKey, now: number): number {
    if (this.index.size >= this.maxKeys) this.evict(now);
    const slot = this.slab.take();
    this.index.add(key, slot);
    return slot;
  }

  /** Time that never goes back, so that a corrected clock neither forgets hits nor locks anybody out. */
  private steady(at: number): number {
    if (this.latest !== 0) this.elapsed += Math.max(0, at - this.latest);
    this.latest = at;
    return this.elapsed >>> 0;
  }

  private sweepSome(now: number): void {
    for (let count = 0; count < SWEPT_PER_HIT; count += 1) {
      if (this.swept >= this.slab.size) {
        if ((now - this.lapBegan) >>> 0 < LAP_MS) return;
        this.lapBegan = now;
        this.swept = 0;
      }
      const slot = this.swept;
      this.swept += 1;
      if (this.index.has(slot) && this.idleMs(slot, now) >= LONGEST_WINDOW_MS) this.forget(slot);
    }
  }

  private evict(now: number): void {
    let longest: number | undefined;
    for (let count = 0; count < LOOKED_AT_TO_EVICT; count += 1) {
      this.hand = this.hand + 1 < this.slab.size ? this.hand + 1 : 0;
      const slot = this.hand;
      if (!this.index.has(slot)) continue;
      if (longest === undefined || this.idleMs(slot, now) > this.idleMs(longest, now)) longest = slot;
    }
    if (longest !== undefined) this.forget(longest);
  }

  private forget(slot: number): void {
    this.index.remove(slot);
    this.slab.giveBack(slot);
  }

  private idleMs(slot: number, now: number): number {
    let idle = Infinity;
    for (let window = 0; window < WINDOWS_PER_SLOT; window += 1) idle = Math.min(idle, this.slab.idleMs(slot, window, now));
    return idle;
  }
}

function keyOf(key: CounterKey | string): CounterKey {
  return typeof key === 'string' ? new CounterKey(key) : key;
}

/** Refused until each quota that has no room has some. */
function refusalOf(quotas: readonly QuotaState[]): Decision {
  let retryAfterMs = 0;
  for (const { remaining, resetMs } of quotas) if (remaining === 0) retryAfterMs = Math.max(retryAfterMs, resetMs);
  return { allowed: false, quotas, retryAfterMs };
}
