import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

// Every fault once, and 30 kills; with --kills N only the kills, N of them, and --report FILE keeps the table.
const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' }, report: { type: 'string' } } });
const root = join(import.meta.dirname, '..', '..');
const only = values.kills === undefined ? [] : ['test/chaos/kills.chaos.ts'];
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/chaos/vitest.config.ts', ...only], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(values.kills === undefined ? {} : { CHAOS_KILLS: values.kills }),
    ...(values.seed === undefined ? {} : { CHAOS_SEED: values.seed }),
    ...(values.report === undefined ? {} : { CHAOS_REPORT: values.report }),
  },
});
process.exitCode = status ?? 1;
