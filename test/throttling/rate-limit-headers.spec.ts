import { describe, expect, it } from 'vitest';
import { rateLimitHeaders } from '../../src/throttling/rate-limit-headers.js';

const minute = { limit: 60, windowMs: 60_000, remaining: 12, resetMs: 29_001 };
const hour = { limit: 1000, windowMs: 3_600_000, remaining: 900, resetMs: 3_000_000 };

describe('rate limit headers', () => {
  it('tell every quota, and the nearest to its end in the older form', () => {
    expect(rateLimitHeaders({ allowed: true, retryAfterMs: 0, quotas: [minute, hour] })).toEqual({
      RateLimit: '"minute";r=12;t=30, "hour";r=900;t=3000',
      'RateLimit-Policy': '"minute";q=60;w=60, "hour";q=1000;w=3600',
      'X-RateLimit-Limit': '60',
      'X-RateLimit-Remaining': '12',
      'X-RateLimit-Reset': '30',
    });
  });

  it('say when to come back, at least a second later', () => {
    const spent = { ...hour, remaining: 0, resetMs: 20 };
    const headers = rateLimitHeaders({ allowed: false, retryAfterMs: 20, quotas: [minute, spent] });
    expect(headers).toMatchObject({ 'Retry-After': '1', 'X-RateLimit-Limit': '1000', 'X-RateLimit-Remaining': '0' });
    expect(headers).toMatchObject({ 'X-RateLimit-Reset': '1' });
  });

  it('are none where nothing is limited', () => {
    expect(rateLimitHeaders({ allowed: true, retryAfterMs: 0, quotas: [] })).toEqual({});
  });
});
