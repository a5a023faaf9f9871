/** What may wait unsent for a live reader for a while, in bytes. */
const TOLERATED_BYTES = 128 * 1024;
/** How long more than that may wait, in milliseconds. */
const TOLERATED_MS = 5_000;
/** What may wait at all. */
const MAX_BYTES = 1024 * 1024;
/** The same while a replay runs, which waits for the reader between its pages: room for a page of the largest messages. */
const MAX_REPLAYING_BYTES = 32 * 1024 * 1024;

/** Tells a reader on a slow line from one that does not read. */
export class ReadingPace {
  private behindSince: number | null = null;

  /** True when the reader has to be let go: over 1 MiB unsent, or over 128 KiB for 5 s. `now` in milliseconds of a steady clock. */
  tooSlow(unsentBytes: number, replaying: boolean, now: number): boolean {
    if (replaying) return unsentBytes > MAX_REPLAYING_BYTES;
    if (unsentBytes <= TOLERATED_BYTES) {
      this.behindSince = null;
      return false;
    }
    this.behindSince ??= now;
    return unsentBytes > MAX_BYTES || now - this.behindSince > TOLERATED_MS;
  }
}
