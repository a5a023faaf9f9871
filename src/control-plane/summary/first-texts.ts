const PLACES = 1024;
const KEEP_MS = 5 * 60 * 1000;

/** Times to the first text of the last 1,024 turns, forgotten after 5 minutes. */
export class FirstTexts {
  #times: number[] = [];
  #at: number[] = [];
  #next = 0;

  add(tookMs: number, now: number): void {
    this.#times[this.#next] = tookMs;
    this.#at[this.#next] = now;
    this.#next = (this.#next + 1) % PLACES;
  }

  /** Null when there were none. */
  percentiles(now: number): { count: number; p50Ms: number; p95Ms: number; p99Ms: number } | null {
    const recent = this.#times.filter((_, place) => (this.#at[place] ?? 0) > now - KEEP_MS);
    if (recent.length === 0) {
      this.#times = [];
      this.#at = [];
      this.#next = 0;
      return null;
    }
    const sorted = Float64Array.from(recent).sort();
    const rank = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
    return { count: sorted.length, p50Ms: rank(0.5), p95Ms: rank(0.95), p99Ms: rank(0.99) };
  }
}
