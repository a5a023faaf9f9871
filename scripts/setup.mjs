// Makes a clone ready to run: the right Node, the packages of the lock, the built program. Does nothing when nothing changed.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildIsFresh } from './setup/build.mjs';
import { install, installIsFresh } from './setup/install.mjs';
import { takeLock } from './setup/lock.mjs';
import { nodeComplaint } from './setup/node-version.mjs';
import { StepError } from './setup/step.mjs';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');

/** Writes `what …` and, when it is over, how long it took, on one line of stderr. */
async function step(what, work) {
  const startedAt = performance.now();
  process.stderr.write(`${what} … `);
  try {
    await work();
  } catch (error) {
    process.stderr.write('failed\n');
    throw error;
  }
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

async function setUp() {
  if (installIsFresh(root) && buildIsFresh(root)) return;
  const unlock = await takeLock(join(root, '.setup.lock'), (owner) => {
    process.stderr.write(`Waiting for another set-up (process ${owner}) …\n`);
  });
  process.once('exit', unlock);
  // What another set-up did while this one waited is not done again.
  if (!installIsFresh(root)) await step('Installing packages', () => install(root));
  if (!buildIsFresh(root)) await step('Building', () => build(root));
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));

const complaint = nodeComplaint(process.platform, process.arch, process.versions.node);
if (complaint !== null) {
  process.stderr.write(`${complaint}\n`);
  process.exit(1);
}
try {
  await setUp();
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(join(root, `dist.next-${process.pid}`), { recursive: true, force: true });
}
