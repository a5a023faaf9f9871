const SECONDS = 10;
/** One more than is told, because the second that runs is not over. */
const PLACES = SECONDS + 1;

const WHAT = ['messages', 'completed', 'failed', 'cancelled'] as const;
export type Counted = (typeof WHAT)[number];

/** Counts of the last seconds. Times are ms on a clock that never goes back. */
export class SecondCounts {
  readonly #counts = WHAT.map(() => new Uint32Array(PLACES));
  #second = 0;

  add(what: Counted, now: number): void {
    this.#goTo(now);
    const counts = this.#counts[WHAT.indexOf(what)];
    const place = this.#second % PLACES;
    if (counts !== undefined) counts[place] = (counts[place] ?? 0) + 1;
  }

  /** In a second, over the last ten whole ones. */
  rates(now: number): Record<Counted, number> {
    this.#goTo(now);
    const [messages = 0, completed = 0, failed = 0, cancelled = 0] = this.#counts.map((counts) => {
      const all = counts.reduce((sum, count) => sum + count, 0);
      return (all - (counts[this.#second % PLACES] ?? 0)) / SECONDS;
    });
    return { messages, completed, failed, cancelled };
  }

  #goTo(now: number): void {
    const second = Math.floor(now / 1000);
    const passed = Math.min(PLACES, second - this.#second);
    for (let back = 0; back < passed; back += 1) for (const counts of this.#counts) counts[(second - back) % PLACES] = 0;
    this.#second = second;
  }
}
