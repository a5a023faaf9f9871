import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryRetryMs, deliveryVerdict, MAX_DELIVERY_ATTEMPTS, MAX_RETRY_AFTER_MS, retryAfterMs } from '#libs/policy';

const HOUR_MS = 3_600_000;

describe('when a delivery is tried again', () => {
  it('is soon at first, then less and less often, over about a day, 12 times in all', () => {
    const waits = Array.from({ length: MAX_DELIVERY_ATTEMPTS }, (_, index) => deliveryRetryMs(index + 1, null, 0));
    expect(waits[0]).toBe(1000);
    expect(waits.at(-1)).toBeNull();
    const total = waits.reduce<number>((sum, wait) => sum + (wait ?? 0), 0);
    expect(total / HOUR_MS).toBeGreaterThan(20);
    expect(total / HOUR_MS).toBeLessThan(28);
  });

  it('is never sooner than the receiver asked for, nor later than an hour for its sake, and jitter at most halves the wait', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_DELIVERY_ATTEMPTS - 1 }), fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, asked, jitter) => {
        const full = deliveryRetryMs(attempts, null, 0) ?? 0;
        const wait = deliveryRetryMs(attempts, asked, jitter) ?? 0;
        expect(wait).toBeGreaterThanOrEqual(Math.min(asked, MAX_RETRY_AFTER_MS));
        expect(wait).toBeGreaterThanOrEqual(Math.floor(full / 2));
        expect(wait).toBeLessThanOrEqual(Math.max(full, MAX_RETRY_AFTER_MS));
      }),
    );
  });

  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Wed, 21 Oct 2015 07:28:10 GMT', 10_000],
    ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('a Retry-After of %j asks for %j ms', (header, wait) => {
    expect(retryAfterMs(header, Date.UTC(2015, 9, 21, 7, 28, 0))).toBe(wait);
  });

  it.each([
    [[200, 201, 202, 204, 299], 'delivered'],
    [[408, 409, 425, 429, 500, 502, 503, 504, 599], 'failed'],
    [[0, 100, 300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 405, 410, 413, 415, 422, 451], 'refused'],
  ] as const)('%j means %s', (statuses, verdict) => {
    for (const status of statuses) expect({ status, verdict: deliveryVerdict(status) }).toEqual({ status, verdict });
  });
});
