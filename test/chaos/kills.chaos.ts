import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { reportOf, reportPage } from './harness/report.js';
import { Rounds, type Round } from './harness/rounds.js';
import { Trial } from './harness/trial.js';
import type { Kind } from './oracle.js';
import { brokenPromises } from './verdict.js';

const KILLS = Number(process.env['CHAOS_KILLS'] ?? 30);
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
/** Rounds under way at the same time, each with a gateway and a store of its own. */
const LANES = Number(process.env['CHAOS_LANES'] ?? 1);
const REPORT = process.env['CHAOS_REPORT'];
/** What is tried, in a word: rounds of other code do not count. */
const CODE = process.env['CHAOS_CODE'] ?? 'this code';
const KILLS_OF_A_ROUND = 25;
const SECONDS_OF_A_KILL = 20;
/** How long a kill waits for messages to flow again after a start. */
const FLOWS_WITHIN_MS = 2000;
/** One start in so many is to be killed before it is ready, in its second half: there it opens the store and takes up what was left. */
const CUT_START = 5;
const KINDS: readonly Kind[] = ['plain', 'phased', 'long', 'keyed', 'keyed', 'keyed', 'bare', 'bare'];

interface Plan {
  readonly name: string;
  readonly seed: number;
  readonly kills: number;
}

const plans: readonly Plan[] = Array.from({ length: Math.ceil(KILLS / KILLS_OF_A_ROUND) }, (_, index) => {
  const kills = Math.min(KILLS_OF_A_ROUND, KILLS - index * KILLS_OF_A_ROUND);
  return { name: `${CODE}, seed ${SEED + index}, ${kills} kills`, seed: SEED + index, kills };
});

/** Kills under load until the plan is done, then waits for quiet and judges. What the gateway cannot do at all is broken, too. */
async function run({ name, seed, kills }: Plan, dataDir: string): Promise<Round> {
  const startedAt = performance.now();
  const running = await Trial.begin({ clients: 5, httpClients: 4, kinds: KINDS, seed, dataDir });
  let killsAtStart = 0;
  try {
    await running.underLoad(async () => {
      for (let kill = 1; kill <= kills; kill += 1) {
        if (kill > 1 && !(await running.start(undefined, patience(running)))) {
          killsAtStart += 1;
          continue;
        }
        await running.answersAgain(FLOWS_WITHIN_MS);
        await delay(running.between(0, 900));
        await running.kill();
      }
      await running.start();
      await delay(500);
    });
    const missing = await running.quiet();
    const verdict = await running.judge();
    return {
      name,
      kills,
      killsAtStart,
      accepted: running.oracle.accepted,
      turns: verdict.turns,
      zeros: Object.fromEntries([...verdict.violations].map(([zero, cases]) => [zero, cases.length])),
      broken: [...missing.map((what) => `not quiet: ${what}`), ...brokenPromises(verdict)],
      repeatedCalls: [...verdict.repeatedCalls],
      startedAgain: Object.fromEntries(verdict.startedAgain),
      readyMs: running.readyMs.slice(1).map(Math.round),
      seconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    await running.end();
  }
}

/** After how many milliseconds the next start is killed, if at all. */
function patience(running: Trial): number | undefined {
  const last = running.readyMs.at(-1) ?? 0;
  return running.between(1, CUT_START) === 1 ? running.between(Math.round(last / 2), Math.round(last)) : undefined;
}

/** Takes round after round, on one store as long as nothing is broken; a store in which something is broken is kept and named. */
async function lane(waiting: Plan[], rounds: Rounds): Promise<string[]> {
  const cutShort: string[] = [];
  let dataDir: string | null = null;
  for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
    dataDir ??= await mkdtemp(join(tmpdir(), 'parley-chaos-'));
    try {
      const round = await run(plan, dataDir);
      await rounds.add(round);
      console.log(`${round.name}: ${round.accepted} accepted, ${round.broken.length} broken, ${Math.round(round.seconds)} s`);
      if (round.broken.length === 0) continue;
      console.log(round.broken.join('\n'));
    } catch (error) {
      cutShort.push(`${plan.name}: ${String(error)}`);
      console.log(`${plan.name} could not be judged:`, error);
    }
    console.log(`the store is kept in ${dataDir}`);
    dataDir = null;
  }
  if (dataDir !== null) await rm(dataDir, { recursive: true, force: true });
  return cutShort;
}

function machine(): string {
  const load = loadavg().map((average) => average.toFixed(1));
  return `${CODE}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, load ${load.join(' / ')} at the end`;
}

describe('a gateway that is killed under load', () => {
  it(
    `${KILLS} times at random, loses nothing and repeats nothing`,
    async () => {
      const rounds = await Rounds.open(REPORT === undefined ? undefined : `${REPORT}.rounds`);
      const waiting = plans.filter(({ name }) => !rounds.has(name));
      const cutShort = await Promise.all(Array.from({ length: Math.min(LANES, waiting.length) }, () => lane(waiting, rounds)));
      const done = rounds.of(plans.map(({ name }) => name));
      console.log(`\n${reportOf(done)}\n`);
      if (REPORT !== undefined) await writeFile(REPORT, reportPage(done, `npm run chaos -- --kills ${KILLS} --seed ${SEED} --lanes ${LANES}`, machine()));
      expect(cutShort.flat()).toEqual([]);
      expect(done.flatMap(({ broken }) => broken)).toEqual([]);
    },
    KILLS * SECONDS_OF_A_KILL * 1000 + 180_000,
  );
});
