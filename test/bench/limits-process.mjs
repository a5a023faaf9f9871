import { LimitsInForce } from '../../dist/src/throttling/limits-in-force.js';
import { CountedMessageLimits } from '../../dist/src/throttling/counted-message-limits.js';
import { MemoryCounters } from '../../dist/src/throttling/memory-counters.js';
import { TenantLimitsBook } from '../../dist/src/throttling/tenant-limits-book.js';

// What a decision costs with few and many hits, few and many keys, and what a million principals take.

const AT = 1_800_000_000_000;
const DECISIONS = 200_000;
const settings = { RATE_LIMIT_PER_MINUTE: 1_000_000_000, RATE_LIMIT_PER_HOUR: 1_000_000_000 };
const tenants = new TenantLimitsBook({ find: async () => null });
await tenants.read('t');

function limitsOn(counters) {
  return new CountedMessageLimits(counters, new LimitsInForce(), tenants, { settings });
}

const principals = (count) => Array.from({ length: count }, (_, index) => ({ kind: 'key', id: `018f0000-0000-7000-8000-${String(index).padStart(12, '0')}`, tenantId: 't' }));

/** Nanoseconds of CPU for a decision, after `hits` over so many keys, each asked `run` times in a row. */
function decision(keys, hits, run = 1) {
  const limits = limitsOn(new MemoryCounters());
  const callers = principals(keys);
  for (let hit = 0; hit < hits; hit += 1) limits.take(callers[hit % keys], AT + Math.floor(hit / 1000));
  const before = process.cpuUsage();
  for (let count = 0; count < DECISIONS; count += 1) limits.take(callers[Math.floor(count / run) % keys], AT + 1000 + Math.floor(count / 1000));
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / DECISIONS) * 1000;
}

for (let warm = 0; warm < 3; warm += 1) {
  decision(10, 10);
  decision(10_000, 10_000);
}
const figures = {
  fewHits: decision(10, 10),
  manyHits: decision(10, 1_000_000),
  manyKeys: decision(10_000, 10_000),
  // The same keys and the same steps, on memory that is near from the call before: what is left over is not the work of a decision.
  manyKeysInRuns: decision(10_000, 10_000, 20),
};

const memory = () => {
  for (let run = 0; run < 3; run += 1) globalThis.gc();
  return process.memoryUsage().rss;
};
const counters = new MemoryCounters();
const limits = limitsOn(counters);
const before = memory();
for (let index = 0; index < 1_000_000; index += 1) {
  limits.take({ kind: 'key', id: `018f0000-0000-7000-8000-${String(index).padStart(12, '0')}`, tenantId: 't' }, AT);
}
const megabytes = (memory() - before) / 1_000_000;
if (counters.size !== 1_000_000) throw new Error(`${counters.size} principals are known`);
process.send({ ...figures, megabytes }, () => process.exit(0));
