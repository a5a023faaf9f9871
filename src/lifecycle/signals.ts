/** Signals this close together are one: Ctrl-C reaches npm and us. */
const ONE_SIGNAL_MS = 500;

/** Calls `first` at SIGTERM or SIGINT, and `again` at one that comes later than 500 ms after it. */
export function onSignals(first: () => void, again: () => void): void {
  let firstAt: number | null = null;
  const listen = () => {
    const now = performance.now();
    if (firstAt === null) {
      firstAt = now;
      first();
    } else if (now - firstAt > ONE_SIGNAL_MS) again();
  };
  process.on('SIGTERM', listen);
  process.on('SIGINT', listen);
}
