import type { Decision, QuotaState } from '#libs/ports';

const NAMES: Readonly<Record<number, string>> = { 60_000: 'minute', 3_600_000: 'hour' };

/**
 * The headers of a decision: `RateLimit` and `RateLimit-Policy` (structured fields of draft-ietf-httpapi-ratelimit-headers),
 * the older `X-RateLimit-Limit|Remaining|Reset` for the quota that is nearest to its end, and `Retry-After` when refused.
 * All times in whole seconds, rounded up.
 */
export function rateLimitHeaders(decision: Decision): Record<string, string> {
  const tightest = decision.quotas.reduce<QuotaState | null>(
    (least, quota) => (least === null || isTighter(quota, least) ? quota : least),
    null,
  );
  if (tightest === null) return {};
  return {
    RateLimit: decision.quotas.map((quota) => `"${nameOf(quota)}";r=${quota.remaining};t=${seconds(quota.resetMs)}`).join(', '),
    'RateLimit-Policy': decision.quotas.map((quota) => `"${nameOf(quota)}";q=${quota.limit};w=${seconds(quota.windowMs)}`).join(', '),
    'X-RateLimit-Limit': String(tightest.limit),
    'X-RateLimit-Remaining': String(tightest.remaining),
    'X-RateLimit-Reset': String(seconds(tightest.resetMs)),
    ...(decision.allowed ? {} : { 'Retry-After': String(Math.max(1, seconds(decision.retryAfterMs))) }),
  };
}

function isTighter(one: QuotaState, other: QuotaState): boolean {
  if (one.remaining !== other.remaining) return one.remaining < other.remaining;
  return one.resetMs > other.resetMs;
}

function nameOf(quota: QuotaState): string {
  const name = NAMES[quota.windowMs] ?? `${seconds(quota.windowMs)}s`;
  return quota.of === undefined ? name : `${quota.of}-${name}`;
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
