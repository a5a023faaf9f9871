import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.js';

const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 200);
const ONLY = process.env['SIMULATION_SEED'];
const first = Number(ONLY ?? 1);
const last = ONLY === undefined ? SEEDS : first;

describe('the road in simulated time', () => {
  it(
    `keeps every promise in ${last - first + 1} runs with crashes, stalls, storage faults, cuts, cancels and clock jumps`,
    async () => {
      const broken: string[] = [];
      const seen = { completed: 0, failed: 0, cancelled: 0, repeated: 0 };
      for (let seed = first; seed <= last; seed += 1) {
        const outcome = await simulate(seed);
        if (ONLY !== undefined) console.log(outcome.story.join('\n'));
        broken.push(...outcome.broken.map((what) => `seed ${seed}: ${what}`));
        for (const state of ['completed', 'failed', 'cancelled'] as const) seen[state] += outcome.verdict.turns[state];
        seen.repeated += outcome.verdict.repeatedCalls.length;
      }
      console.log(`${last - first + 1} seeds: ${JSON.stringify(seen)}`);
      expect(broken).toEqual([]);
      if (ONLY === undefined) for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
    },
    20_000 + SEEDS * 250,
  );

  it('gives the same run for the same seed', async () => {
    const [one, two, other] = [await simulate(7), await simulate(7), await simulate(8)];
    expect(two.story).toEqual(one.story);
    expect(other.story).not.toEqual(one.story);
  });
});
