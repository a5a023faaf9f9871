const TICK_MS = 10;

/**
 * Begins to measure; the call ends it and tells the milliseconds in which this process got to run. What the machine kept
 * from it (other work, a disk that syncs) counts at most as two ticks each time, so that a promise of the gateway in this
 * process, as "within a second", is held against the gateway and not against the machine. Timers that are waited for count in full.
 */
export function awakeTime(): () => number {
  let awakeMs = 0;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    awakeMs += Math.min(now - last, 2 * TICK_MS);
    last = now;
  };
  const ticking = setInterval(look, TICK_MS).unref();
  return () => {
    clearInterval(ticking);
    look();
    return awakeMs;
  };
}
