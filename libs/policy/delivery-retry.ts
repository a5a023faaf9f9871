import { backoffMs } from './backoff.js';

/** A delivery is tried this often, over about a day, before it is given up. */
export const MAX_DELIVERY_ATTEMPTS = 12;
/** A receiver may ask for at most this much patience at a time. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

const WAITS = { firstMs: 1_000, factor: 3, maxMs: 16 * 3_600_000 };

/**
 * Milliseconds until a delivery that failed `attempts` times is tried again, never sooner than the receiver asked for
 * (up to an hour); null when it is given up. `jitter` in 0..1.
 */
export function deliveryRetryMs(attempts: number, retryAfterMs: number | null, jitter: number): number | null {
  if (attempts >= MAX_DELIVERY_ATTEMPTS) return null;
  return Math.max(backoffMs(WAITS, attempts - 1, jitter), Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
}

/** Statuses below 500 that mean "not now" rather than "not this": RFC 9110 408, 409; RFC 8470 425; RFC 6585 429. */
const NOT_NOW = new Set([408, 409, 425, 429]);

/** What an HTTP status says about a delivery: it arrived, it may arrive later, or it never will. */
export function deliveryVerdict(status: number): 'delivered' | 'failed' | 'refused' {
  if (status >= 200 && status < 300) return 'delivered';
  return status >= 500 || NOT_NOW.has(status) ? 'failed' : 'refused';
}

/** The wait that a `Retry-After` header asks for (RFC 9110, section 10.2.3), in ms; null when it says nothing understandable. */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
