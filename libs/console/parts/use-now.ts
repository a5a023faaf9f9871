import { useSyncExternalStore } from 'react';

/** The time, told anew each 15 seconds; one clock for the whole page. */
export const useNow = clock(15_000);

/** The time, told anew each second, for what goes on now; one clock for the whole page. */
export const useSecond = clock(1_000);

function clock(everyMs: number): () => number {
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const subscribe = (listener: () => void): (() => void) => {
    if (listeners.size === 0) {
      now = Date.now();
      timer = setInterval(() => {
        now = Date.now();
        for (const told of listeners) told();
      }, everyMs);
    }
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) clearInterval(timer);
    };
  };
  return () => useSyncExternalStore(subscribe, () => now);
}
