import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { reportOf } from './harness/report.js';
import { Trial } from './harness/trial.js';
import { brokenPromises } from './oracle.js';

const KILLS = Number(process.env['CHAOS_KILLS'] ?? 30);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const SECONDS_OF_A_KILL = 20;

let trial: Trial | null = null;

afterEach(async () => {
  await trial?.end();
  trial = null;
});

describe('a gateway that is killed under load', () => {
  it(
    `${KILLS} times at random, loses nothing and repeats nothing`,
    async () => {
      const running = (trial = await Trial.begin({ clients: 6, kinds: ['plain', 'phased', 'long', 'keyed', 'keyed', 'keyed', 'bare', 'bare'], seed: SEED }));
      await running.underLoad(async () => {
        for (let kill = 1; kill <= KILLS; kill += 1) {
          await delay(running.between(20, 900));
          await running.kill();
          await running.start();
          if (kill % 50 === 0) console.log(`${kill} kills`);
        }
        await delay(500);
      });
      const missing = await running.quiet();
      const verdict = await running.judge();
      const report = reportOf(verdict, running.readyMs.slice(1), KILLS, running.oracle.accepted);
      console.log(`\n${report}\n`);
      const file = process.env['CHAOS_REPORT'];
      if (file !== undefined) await writeFile(file, `${[report, ...brokenPromises(verdict), ...verdict.repeatedCalls].join('\n')}\n`);
      expect(missing).toEqual([]);
      expect(brokenPromises(verdict)).toEqual([]);
    },
    KILLS * SECONDS_OF_A_KILL * 1000 + 180_000,
  );
});
