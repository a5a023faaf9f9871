import { Counters, type Decision, type Hit, type Quota, type QuotaState } from '#libs/ports';
import { KeyIndex } from './key-index.js';
import { WINDOWS_PER_SLOT, WindowSlab } from './window-slab.js';

const MAX_KEYS = 1_000_000;
const SWEPT_PER_HIT = 2;
// Longer windows than this are not counted in memory; a key that was silent for so long is forgotten.
const LONGEST_WINDOW_MS = 3_600_000;

/**
 * Counters of this process. Of N hits at once on a quota of L exactly L are allowed, and never more than L in any window.
 * At most a million keys: silent ones are swept a few with each hit; when all are busy, the one that was silent longest
 * of a few makes room.
 */
export class MemoryCounters extends Counters {
  private readonly index = new KeyIndex();
  private readonly slab = new WindowSlab();
  /** The slot that is looked at next. */
  private hand = 0;
  private elapsed = 0;
  private latest = 0;

  constructor(private readonly maxKeys: number = MAX_KEYS) {
    super();
  }

  hit(key: string, quotas: readonly Quota[], at: number): Decision {
    const now = this.#begin(at);
    const known = this.index.find(key);
    const refusal = refusalOf(this.#statesOf(known, quotas, now));
    return refusal ?? { allowed: true, quotas: this.#count(known ?? this.make(key, now), quotas, now), retryAfterMs: 0 };
  }

  hitAll(hits: readonly Hit[], at: number): Decision {
    const now = this.#begin(at);
    const refusal = refusalOf(hits.flatMap(({ key, quotas }) => this.#statesOf(this.index.find(key), quotas, now)));
    if (refusal !== null) return refusal;
    // Making room for one key may forget another, so that each is looked for when its turn comes.
    const after = hits.flatMap(({ key, quotas }) => this.#count(this.index.find(key) ?? this.make(key, now), quotas, now));
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

  #statesOf(known: number | undefined, quotas: readonly Quota[], now: number): QuotaState[] {
    if (quotas.length > WINDOWS_PER_SLOT) throw new RangeError(`At most ${WINDOWS_PER_SLOT} quotas for one key`);
    return quotas.map((quota, window) => this.stateOf(known, window, quota, now));
  }

  #count(slot: number, quotas: readonly Quota[], now: number): QuotaState[] {
    return quotas.map((quota, window) => {
      this.slab.add(slot, window, quota.windowMs, now);
      return this.stateOf(slot, window, quota, now);
    });
  }

  private stateOf(slot: number | undefined, window: number, quota: Quota, now: number): QuotaState {
    const { windowMs, limit } = quota;
    if (windowMs > LONGEST_WINDOW_MS) throw new RangeError(`Windows are at most ${LONGEST_WINDOW_MS} ms`);
    if (slot === undefined) return { ...quota, remaining: limit, resetMs: 0 };
    const { used, roomMs, emptyMs } = this.slab.read(slot, window, windowMs, now);
    const remaining = Math.max(0, limit - used);
    return { ...quota, remaining, resetMs: remaining === 0 ? roomMs : emptyMs };
  }

  private make(key: string, now: number): number {
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
      const slot = this.next();
      if (this.index.has(slot) && this.idleMs(slot, now) >= LONGEST_WINDOW_MS) this.forget(slot);
    }
  }

  private evict(now: number): void {
    let longest: number | undefined;
    for (let count = 0; count < SWEPT_PER_HIT * 4; count += 1) {
      const slot = this.next();
      if (!this.index.has(slot)) continue;
      if (longest === undefined || this.idleMs(slot, now) > this.idleMs(longest, now)) longest = slot;
    }
    if (longest !== undefined) this.forget(longest);
  }

  private next(): number {
    this.hand = this.hand + 1 < this.slab.size ? this.hand + 1 : 0;
    return this.hand;
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

/** The refusal of what some quota has no room for; null when all have. */
function refusalOf(quotas: readonly QuotaState[]): Decision | null {
  let retryAfterMs = -1;
  for (const { remaining, resetMs } of quotas) if (remaining === 0) retryAfterMs = Math.max(retryAfterMs, resetMs);
  return retryAfterMs < 0 ? null : { allowed: false, quotas, retryAfterMs };
}
