import { NO_PRINCIPAL_LIMITS } from '../../dist/libs/contracts/index.js';
import { LimitsInForce } from '../../dist/src/throttling/limits-in-force.js';
import { CountedMessageLimits } from '../../dist/src/throttling/counted-message-limits.js';
import { MemoryCounters } from '../../dist/src/throttling/memory-counters.js';
import { TenantLimitsBook } from '../../dist/src/throttling/tenant-limits-book.js';
import { median } from './statistics.mjs';

// What a decision costs with few and many hits, few and many keys, and what a million principals take.

const AT = 1_800_000_000_000;
const DECISIONS = 400_000;
const WARM_ROUNDS = 3;
const ROUNDS = 9;
const settings = { RATE_LIMIT_PER_MINUTE: 1_000_000_000, RATE_LIMIT_PER_HOUR: 1_000_000_000 };
const tenants = new TenantLimitsBook({ find: async () => null });
await tenants.read('t');

function limitsOn(counters) {
  return new CountedMessageLimits(counters, new LimitsInForce(), tenants, { settings });
}

/** As `auth` makes the principal of a key. */
const principal = (index) => {
  const id = `018f0000-0000-7000-8000-${String(index).padStart(12, '0')}`;
  return { kind: 'key', id, tenantId: 't', scopes: new Set(['messages']), limits: { ...NO_PRINCIPAL_LIMITS }, credentialId: `${id}:live` };
};

/** Nanoseconds of CPU for a decision, after `hits` over so many keys, each asked `run` times in a row. */
function decision({ keys, hits, run }) {
  const limits = limitsOn(new MemoryCounters());
  const callers = Array.from({ length: keys }, (_, index) => principal(index));
  for (let hit = 0; hit < hits; hit += 1) limits.take(callers[hit % keys], AT + Math.floor(hit / 1000));
  // Callers are old objects where they are asked for often, and what the run before left behind is not the work of this one.
  globalThis.gc();
  const before = process.cpuUsage();
  for (let count = 0; count < DECISIONS; count += 1) limits.take(callers[Math.floor(count / run) % keys], AT + 1000 + Math.floor(count / 1000));
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / DECISIONS) * 1000;
}

const kinds = {
  fewHits: { keys: 10, hits: 10, run: 1 },
  manyHits: { keys: 10, hits: 1_000_000, run: 1 },
  manyKeys: { keys: 10_000, hits: 10_000, run: 1 },
  // The same keys and the same steps, on memory that is near from the call before: what is left over is not the work of a decision.
  manyKeysInRuns: { keys: 10_000, hits: 10_000, run: 20 },
};
// Each kind is warm before any is measured, and they are measured in turn.
for (let warm = 0; warm < WARM_ROUNDS; warm += 1) for (const kind of Object.values(kinds)) decision(kind);
const costs = Object.entries(kinds).map(([name, kind]) => ({ name, kind, found: [] }));
for (let round = 0; round < ROUNDS; round += 1) for (const { kind, found } of costs) found.push(decision(kind));
const figures = Object.fromEntries(costs.map(({ name, found }) => [name, median(found)]));

const memory = () => {
  for (let run = 0; run < 3; run += 1) globalThis.gc();
  return process.memoryUsage().rss;
};
const counters = new MemoryCounters();
const limits = limitsOn(counters);
const before = memory();
for (let index = 0; index < 1_000_000; index += 1) {
  // Nothing holds these callers: what is left is what the counters keep of them.
  limits.take({ kind: 'key', id: `018f0000-0000-7000-8000-${String(index).padStart(12, '0')}`, tenantId: 't' }, AT);
}
const megabytes = (memory() - before) / 1_000_000;
if (counters.size !== 1_000_000) throw new Error(`${counters.size} principals are known`);
process.send({ ...figures, megabytes }, () => process.exit(0));
