import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

// Every fault once, and 30 kills. With --only NAME the files of that name only. With --kills N only the kills, N of them, from --seed S on, --lanes L gateways at a time;
// --stored N only the starts on a store with N messages; --folder DIR keeps that store and takes it when it is there.
// --report FILE keeps the block for the docs, and each round in FILE.rounds: the same command again makes only those that are missing.
const { values } = parseArgs({
  options: Object.fromEntries(['kills', 'seed', 'lanes', 'report', 'stored', 'folder', 'only'].map((name) => [name, { type: 'string' }])),
});
const root = join(import.meta.dirname, '..', '..');
const only = [
  ...(values.only === undefined ? [] : [`test/chaos/${values.only}`]),
  ...(values.kills === undefined ? [] : ['test/chaos/kills.chaos.ts']),
  ...(values.stored === undefined ? [] : ['test/chaos/ready.chaos.ts']),
];
const commit = spawnSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).stdout?.trim();
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/chaos/vitest.config.ts', ...only], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(commit ? { CHAOS_CODE: `commit ${commit}` } : {}),
    ...(values.kills === undefined ? {} : { CHAOS_KILLS: values.kills, CHAOS_LANES: values.lanes ?? '2' }),
    ...(values.only === undefined ? {} : { CHAOS_ONLY: values.only }),
    ...(values.seed === undefined ? {} : { CHAOS_SEED: values.seed }),
    ...(values.stored === undefined ? {} : { CHAOS_STORED: values.stored }),
    ...(values.folder === undefined ? {} : { CHAOS_FOLDER: values.folder }),
    ...(values.report === undefined ? {} : { CHAOS_REPORT: values.report }),
  },
});
process.exitCode = status ?? 1;
