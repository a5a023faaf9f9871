import { createRequire, syncBuiltinESMExports } from 'node:module';
import { setImmediate as breathe } from 'node:timers/promises';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly everyMs: number | null;
  readonly call: () => void;
}

const START = 1_800_000_000_000;
const { promises } = createRequire(import.meta.url)('node:timers') as { promises: { setTimeout: unknown } };

/** Time that passes only when it is told to, and chance that follows from the seed: while installed, all timers of this process and `Math.random` are its own. */
export class SimulatedTime {
  now = START;
  readonly #timers = new Map<number, Timer>();
  #last = 0;

  constructor(private readonly random: () => number) {}

  at(ms: number, call: () => void): void {
    this.#add(Math.max(0, ms - this.now), null, call);
  }

  /** Runs `story` with this time in the place of the real one. */
  async during<Result>(story: () => Promise<Result>): Promise<Result> {
    const real = { setTimeout, clearTimeout, setInterval, clearInterval, random: Math.random, delay: promises.setTimeout };
    const clear = (timer: { readonly id: number } | undefined | null) => this.#timers.delete(timer?.id ?? 0);
    Object.assign(globalThis, {
      setTimeout: (call: () => void, ms = 0) => this.#handle(this.#add(ms, null, call)),
      setInterval: (call: () => void, ms = 0) => this.#handle(this.#add(ms, ms, call)),
      clearTimeout: clear,
      clearInterval: clear,
    });
    Math.random = this.random;
    promises.setTimeout = (ms: number, value: unknown) => new Promise((resolve) => this.#add(ms, null, () => resolve(value)));
    syncBuiltinESMExports();
    try {
      return await story();
    } finally {
      const { random, delay, ...timers } = real;
      Object.assign(globalThis, timers);
      Math.random = random;
      promises.setTimeout = delay;
      syncBuiltinESMExports();
    }
  }

  /** Lets time pass, from timer to timer, until `done` or `limitMs` from now; true when it is done. */
  async pass(done: () => boolean, limitMs: number): Promise<boolean> {
    const until = this.now + limitMs;
    for (;;) {
      await breathe();
      if (done()) return true;
      const next = this.#next();
      if (next === null || next[1].at > until) return false;
      this.#fire(...next);
    }
  }

  #next(): readonly [number, Timer] | null {
    let next: readonly [number, Timer] | null = null;
    for (const entry of this.#timers) {
      if (next === null || entry[1].at < next[1].at || (entry[1].at === next[1].at && entry[1].order < next[1].order)) next = entry;
    }
    return next;
  }

  #fire(id: number, { at, order, everyMs, call }: Timer): void {
    this.now = Math.max(this.now, at);
    if (everyMs === null) this.#timers.delete(id);
    else this.#timers.set(id, { at: at + everyMs, order, everyMs, call });
    call();
  }

  #add(ms: number, everyMs: number | null, call: () => void): number {
    const id = (this.#last += 1);
    this.#timers.set(id, { at: this.now + ms, order: id, everyMs, call });
    return id;
  }

  #handle(id: number) {
    const handle = { id, ref: () => handle, unref: () => handle, hasRef: () => true };
    return handle;
  }
}
