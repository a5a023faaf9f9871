import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { Metrics } from '../../src/observability/metrics/metrics.js';

const BOUNDS = [0.001, 0.5, 1, 10];
const seen = fc.record({ agent: fc.constantFrom('one', 'two', 'a "third"\n'), outcome: fc.constantFrom('well', 'ill'), value: fc.oneof(fc.constantFrom(0, ...BOUNDS, -1), fc.double({ noNaN: true, noDefaultInfinity: true })) });

it('a histogram tells a scrape what that of the library would tell of the same observations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(seen, { maxLength: 50 }), async (all) => {
      const registry = new Registry();
      const theirs = new Histogram({ name: 'took_seconds', help: 'Took.', buckets: BOUNDS, labelNames: ['agent', 'outcome'], registers: [registry] });
      const plain = new Histogram({ name: 'plain_seconds', help: 'Plain.', buckets: BOUNDS, registers: [registry] });
      const metrics = new Metrics();
      const ours = metrics.histogram('took_seconds', 'Took.', BOUNDS, ['agent', 'outcome']);
      const ourPlain = metrics.histogram('plain_seconds', 'Plain.', BOUNDS);
      for (const { agent, outcome, value } of all) {
        theirs.labels(agent, outcome).observe(value);
        plain.observe(value);
        ours(agent, outcome)(value);
        ourPlain()(value);
      }
      expect(await metrics.registry.metrics()).toBe(await registry.metrics());
    }),
    { numRuns: 100 },
  );
});

it('a histogram takes no value that is no finite number, and does not throw', async () => {
  const metrics = new Metrics();
  const took = metrics.histogram('took_seconds', 'Took.', BOUNDS);
  for (const value of [Number.NaN, Infinity, -Infinity, 0.7]) took()(value);
  const text = await metrics.registry.metrics();
  expect(text).toContain('took_seconds_count 1\n');
  expect(text).toContain('took_seconds_sum 0.7\n');
});

it('series are told apart by all their labels, and beyond 2,000 the last one stands for all others', async () => {
  const metrics = new Metrics();
  const count = metrics.counter('things_total', 'Things.', ['one', 'other']);
  count('a', 'b')();
  count('a', 'c')();
  count('a\nb', 'c')();
  count('a', 'b')();
  for (let made = 0; made < 2100; made += 1) count('many', String(made))();
  const lines = (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('things_total{'));
  expect(lines).toHaveLength(2000);
  expect(lines.slice(0, 2)).toEqual(['things_total{one="a",other="b"} 2', 'things_total{one="a",other="c"} 1']);
  expect(lines.at(-1)).toBe('things_total{one="many",other="1996"} 104');
});
