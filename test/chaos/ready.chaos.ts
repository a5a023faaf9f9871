import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { Trial } from './harness/trial.js';
import { brokenPromises } from './verdict.js';

/** Messages in the store before the first start. The figure is for a million: `npm run chaos -- --stored 1000000`. */
const STORED = Number(process.env['CHAOS_STORED'] ?? 20_000);
/** A folder that is kept: filled when it holds no store yet. */
const FOLDER = process.env['CHAOS_FOLDER'];
/** As store-messages.mjs has them. */
const AT_ONCE = 500;
const AUTHORS = 200;
const STARTS = 5;
const BUILD_WITHIN_MS = 20 * 60_000;

let trial: Trial | null = null;
let dataDir: string | null = null;

afterEach(async () => {
  await trial?.end();
  if (dataDir !== null && FOLDER === undefined) await rm(dataDir, { recursive: true, force: true });
});

/** Stores the messages, unless they are there. */
function fill(folder: string): void {
  const file = join(folder, 'parley.db');
  if (existsSync(file)) return;
  const since = performance.now();
  const { stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'processes/store-messages.mjs'), folder, String(STORED)], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const seconds = Math.round((performance.now() - since) / 1000);
  console.log(`${STORED} messages, ${Math.round(statSync(file).size / 2 ** 20)} MiB, stored in ${seconds} s`);
}

/** The first and the last of the messages that were stored before the first start. */
function endsOf(folder: string): string[] {
  const db = new DatabaseSync(join(folder, 'parley.db'), { readOnly: true });
  const find = db.prepare('SELECT message_id FROM turns WHERE author_id = ? AND client_id = ?');
  const rows = [0, STORED - 1].flatMap((n) => find.all(`author-${(n % AT_ONCE) % AUTHORS}`, `stored-${n}`));
  db.close();
  expect(rows).toHaveLength(2);
  return rows.map((row) => String(row['message_id']));
}

function told(values: readonly number[]): string {
  return values.map((value) => Math.round(value)).join(', ');
}

it(
  `a gateway with ${STORED} stored messages comes back after kill -9 with open turns, and after a shutdown, and finds them all`,
  async () => {
    dataDir = FOLDER ?? (await mkdtemp(join(tmpdir(), 'parley-chaos-')));
    fill(dataDir);

    const running = (trial = await Trial.begin({ clients: 4, httpClients: 4, dataDir }));
    await running.underLoad(async () => {
      for (let n = 0; n < STARTS; n += 1) {
        await delay(running.between(300, 900));
        await running.kill();
        await running.start();
      }
    });
    expect(await running.quiet()).toEqual([]);
    const afterKill = running.readyMs.splice(0).slice(1);
    for (let n = 0; n < STARTS; n += 1) {
      await running.terminate();
      await running.start();
    }
    const afterShutdown = running.readyMs.splice(0);
    console.log(`ready after kill -9: ${told(afterKill)} ms; after a shutdown: ${told(afterShutdown)} ms; load ${loadavg()[0]?.toFixed(1)}`);
    for (const id of endsOf(dataDir)) expect(await running.admin().message(id)).toMatchObject({ status: 'completed' });
    expect(brokenPromises(await running.judge())).toEqual([]);
  },
  BUILD_WITHIN_MS,
);
