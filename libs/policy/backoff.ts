/** Growing waits: `firstMs`, then `factor` (2 unless told) times that, … up to `maxMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly factor?: number;
}

/** Milliseconds to wait before try `attempt` (0 is the first repeat); `jitter` in 0..1 takes away up to half of it. */
export function backoffMs({ firstMs, maxMs, factor = 2 }: Backoff, attempt: number, jitter: number): number {
  const full = Math.min(maxMs, firstMs * factor ** Math.min(attempt, 30));
  return Math.round(full * (1 - jitter / 2));
}
