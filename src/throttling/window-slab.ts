const SPANS_PER_WINDOW = 3;
// One span can still be leaving while a full window of newer ones is there.
const SPANS = SPANS_PER_WINDOW + 1;
const WORDS_PER_WINDOW = 1 + SPANS * 2;
const CHUNK_BITS = 12;
const SLOTS_PER_CHUNK = 1 << CHUNK_BITS;

/** Windows that a slot holds, one for each quota. */
export const WINDOWS_PER_SLOT = 2;
const WORDS_PER_SLOT = WORDS_PER_WINDOW * WINDOWS_PER_SLOT;

/**
 * Exact sliding windows in flat memory: never more than the limit in any window, refusals are free.
 * A window is kept as a few spans, each with its number of hits and the time of its last one; a span leaves one window
 * after its last hit. Times are 32-bit milliseconds that wrap, which is safe because only differences are read.
 */
export class WindowSlab {
  private readonly chunks: Uint32Array[] = [];
  private readonly free: number[] = [];
  private made = 0;

  /** Slots that were ever taken; every slot is below it. */
  get size(): number {
    return this.made;
  }

  /** An empty slot. */
  take(): number {
    const slot = this.free.pop() ?? this.made++;
    if (slot >= this.chunks.length * SLOTS_PER_CHUNK) this.chunks.push(new Uint32Array(SLOTS_PER_CHUNK * WORDS_PER_SLOT));
    return slot;
  }

  giveBack(slot: number): void {
    const at = this.offset(slot, 0);
    this.chunk(slot).fill(0, at, at + WORDS_PER_SLOT);
    this.free.push(slot);
  }

  /** Hits in the window at `now`. Spans stand newest first: behind one that is empty or has left there are none. */
  used(slot: number, window: number, windowMs: number, now: number): number {
    const words = this.chunk(slot);
    const spans = this.offset(slot, window) + 1;
    let used = 0;
    for (let span = spans; span < spans + SPANS * 2; span += 2) {
      const hits = words[span + 1] ?? 0;
      if (hits === 0 || (now - (words[span] ?? 0)) >>> 0 >= windowMs) break;
      used += hits;
    }
    return used;
  }

  /** Milliseconds until the oldest span leaves; 0 when the window is empty. */
  roomMs(slot: number, window: number, windowMs: number, now: number): number {
    const words = this.chunk(slot);
    const spans = this.offset(slot, window) + 1;
    let roomMs = 0;
    for (let span = spans; span < spans + SPANS * 2; span += 2) {
      const age = (now - (words[span] ?? 0)) >>> 0;
      if (words[span + 1] === 0 || age >= windowMs) break;
      roomMs = windowMs - age;
    }
    return roomMs;
  }

  /** Milliseconds until all spans have left; 0 when the window is empty. */
  emptyMs(slot: number, window: number, windowMs: number, now: number): number {
    return Math.max(0, windowMs - this.idleMs(slot, window, now));
  }

  /** Adds one hit at `now`. */
  add(slot: number, window: number, windowMs: number, now: number): void {
    const words = this.chunk(slot);
    const first = this.offset(slot, window);
    const newest = first + 1;
    const spanMs = windowMs / SPANS_PER_WINDOW;
    const isOpen = (words[newest + 1] ?? 0) > 0 && (now - (words[first] ?? 0)) >>> 0 < spanMs;
    if (!isOpen) {
      words.copyWithin(newest + 2, newest, newest + (SPANS - 1) * 2);
      words[first] = now;
      words[newest + 1] = 0;
    }
    words[newest] = now;
    words[newest + 1] = (words[newest + 1] ?? 0) + 1;
  }

  /** Milliseconds since the last hit in the window; Infinity when there never was one. */
  idleMs(slot: number, window: number, now: number): number {
    const words = this.chunk(slot);
    const newest = this.offset(slot, window) + 1;
    return (words[newest + 1] ?? 0) === 0 ? Infinity : (now - (words[newest] ?? 0)) >>> 0;
  }

  private chunk(slot: number): Uint32Array {
    const chunk = this.chunks[slot >>> CHUNK_BITS];
    if (chunk === undefined) throw new RangeError('No such slot');
    return chunk;
  }

  private offset(slot: number, window: number): number {
    return (slot & (SLOTS_PER_CHUNK - 1)) * WORDS_PER_SLOT + window * WORDS_PER_WINDOW;
  }
}
