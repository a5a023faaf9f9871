import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Trial } from './harness/trial.js';
import type { Zero } from './verdict.js';

const KILLS = 6;
const QUIET_WITHIN_MS = 15_000;
/** How long a kill waits for messages to flow again: without them there is nothing to lose. */
const FLOWS_WITHIN_MS = 20_000;

let trial: Trial | null = null;

afterEach(async () => {
  await trial?.end();
  trial = null;
});

const SINS: readonly (readonly [sin: string, plant: string, found: readonly Zero[]])[] = [
  ['acknowledges before the commit', 'ack-before-commit', ['accepted without an end', 'events heard that are not stored', 'one id, two messages']],
  ['tells an end before it is stored', 'emit-before-store', ['events heard that are not stored', 'events heard twice or out of order', 'out of order in a session']],
];

describe('a gateway that', () => {
  it.each(SINS)('%s is found out', async (_sin, plant, found) => {
    const running = (trial = await Trial.begin({ clients: 4, plant, kinds: ['plain', 'keyed'] }));
    await running.kill();
    await running.start();
    await running.underLoad(async () => {
      for (let kill = 0; kill < KILLS; kill += 1) {
        await running.answersAgain(FLOWS_WITHIN_MS);
        await delay(running.between(300, 900));
        await running.kill();
        await running.start();
      }
    });
    await running.quiet(QUIET_WITHIN_MS);
    const { violations } = await running.judge();
    expect(found.reduce((sum, zero) => sum + (violations.get(zero)?.length ?? 0), 0)).toBeGreaterThan(0);
  });
});
