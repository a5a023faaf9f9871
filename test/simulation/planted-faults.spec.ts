import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.js';
import { unfenced } from './unfenced.js';

const SEEDS = 100;

describe('a store that lets a stalled worker write late', () => {
  it('is found out by the oracle', async () => {
    const broken: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) broken.push(...(await simulate(seed, (inbox) => unfenced(inbox))).broken);
    expect(broken).not.toEqual([]);
  }, 240_000);
});
