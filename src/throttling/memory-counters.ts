import { Counters, type Decision, type Quota, type QuotaState } from '#libs/ports';
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
  private readonly slots = new Map<string, number>();
  private readonly slab = new WindowSlab();
  private sweep: MapIterator<[string, number]> = this.slots.entries();
  private elapsed = 0;
  private latest = 0;

  constructor(private readonly maxKeys: number = MAX_KEYS) {
    super();
  }

  hit(key: string, quotas: readonly Quota[], at: number): Decision {
    if (quotas.length > WINDOWS_PER_SLOT) throw new RangeError(`At most ${WINDOWS_PER_SLOT} quotas for one key`);
    const now = this.steady(at);
    this.sweepSome(now);
    const known = this.slots.get(key);
    const before = quotas.map((quota, window) => this.stateOf(known, window, quota, now));
    const full = before.filter((state) => state.remaining === 0);
    if (full.length > 0) return { allowed: false, quotas: before, retryAfterMs: Math.max(...full.map((state) => state.resetMs)) };
    const slot = known ?? this.make(key, now);
    const after = quotas.map((quota, window) => {
      this.slab.add(slot, window, quota.windowMs, now);
      return this.stateOf(slot, window, quota, now);
    });
    return { allowed: true, quotas: after, retryAfterMs: 0 };
  }

  /** Keys that are remembered now. */
  get size(): number {
    return this.slots.size;
  }

  private stateOf(slot: number | undefined, window: number, quota: Quota, now: number): QuotaState {
    const { limit, windowMs } = quota;
    if (windowMs > LONGEST_WINDOW_MS) throw new RangeError(`Windows are at most ${LONGEST_WINDOW_MS} ms`);
    if (slot === undefined) return { limit, windowMs, remaining: limit, resetMs: 0 };
    const { used, roomMs, emptyMs } = this.slab.read(slot, window, windowMs, now);
    const remaining = Math.max(0, limit - used);
    return { limit, windowMs, remaining, resetMs: remaining === 0 ? roomMs : emptyMs };
  }

  private make(key: string, now: number): number {
    if (this.slots.size >= this.maxKeys) this.evict(now);
    const slot = this.slab.take();
    this.slots.set(key, slot);
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
      const entry = this.nextEntry();
      if (entry !== undefined && this.idleMs(entry[1], now) >= LONGEST_WINDOW_MS) this.forget(entry);
    }
  }

  private evict(now: number): void {
    let longest: [string, number] | undefined;
    for (let count = 0; count < SWEPT_PER_HIT * 4; count += 1) {
      const entry = this.nextEntry();
      if (entry !== undefined && (longest === undefined || this.idleMs(entry[1], now) > this.idleMs(longest[1], now))) longest = entry;
    }
    if (longest !== undefined) this.forget(longest);
  }

  private nextEntry(): [string, number] | undefined {
    const next = this.sweep.next();
    if (next.done !== true) return next.value;
    this.sweep = this.slots.entries();
    return this.sweep.next().value;
  }

  private forget([key, slot]: [string, number]): void {
    this.slots.delete(key);
    this.slab.giveBack(slot);
  }

  private idleMs(slot: number, now: number): number {
    let idle = Infinity;
    for (let window = 0; window < WINDOWS_PER_SLOT; window += 1) idle = Math.min(idle, this.slab.idleMs(slot, window, now));
    return idle;
  }
}
