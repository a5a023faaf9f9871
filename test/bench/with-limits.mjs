import { CountersThrottlerStorage } from '../../dist/src/throttling/counters-throttler-storage.js';

// The product of the bench; reads are counted as always, with room for as many as a bench makes.

const { increment } = CountersThrottlerStorage.prototype;
CountersThrottlerStorage.prototype.increment = function (key, ttl) {
  return increment.call(this, key, ttl, 1_000_000_000);
};
await import('./parley.mjs');
