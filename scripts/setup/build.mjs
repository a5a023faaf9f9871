import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './step.mjs';

const TIMEOUT_MS = 10 * 60_000;
const SOURCES = ['src', 'libs', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/setup/bundle.mjs'];

function filesUnder(root, path) {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(root, `${path}/${entry.name}`) : [`${path}/${entry.name}`]));
}

const digest = (parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};

const sourceFiles = (root) => SOURCES.flatMap((path) => filesUnder(root, path)).sort();

const looks = (root, files) =>
  digest(
    files.map((file) => {
      const { size, mtimeMs } = statSync(join(root, file));
      return `${file}:${size}:${mtimeMs}`;
    }),
  );

const contents = (root, files) => digest(files.flatMap((file) => [file, readFileSync(join(root, file))]));

const stampIn = (dist) => join(dist, '.sources.json');

/** True when dist was built from these sources. Sizes and times decide; where they differ (a fresh checkout), the contents do. */
export function buildIsFresh(root) {
  const stampPath = stampIn(join(root, 'dist'));
  if (!existsSync(stampPath)) return false;
  const stamp = JSON.parse(readFileSync(stampPath, 'utf8'));
  const files = sourceFiles(root);
  const look = looks(root, files);
  if (stamp.look === look) return true;
  const content = contents(root, files);
  if (stamp.content !== content) return false;
  writeFileSync(stampPath, JSON.stringify({ look, content }));
  return true;
}

/** Builds into a folder of its own and puts that in the place of dist, so that a build that fails leaves what was there. One at a time. */
export async function build(root) {
  const files = sourceFiles(root);
  const stamp = { look: looks(root, files), content: contents(root, files) };
  for (const left of readdirSync(root).filter((name) => /^dist\.(next|old)-\d+$/.test(name))) rmSync(join(root, left), { recursive: true });
  const next = `dist.next-${process.pid}`;
  const brought = join(root, 'node_modules', '.bin', 'node');
  const node = existsSync(brought) ? brought : process.execPath;
  const tool = (...args) => run(node, args, { cwd: root, timeoutMs: TIMEOUT_MS });
  // Types are checked by `npm run types`; to run, it is enough to translate.
  const program = tool('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck', '--outDir', next).then(() => tool('scripts/setup/bundle.mjs', next));
  const page = tool('node_modules/vite/bin/vite.js', 'build', '--config', 'libs/console/vite.config.ts', '--outDir', join(root, next, 'console'), '--logLevel', 'warn');
  const failed = (await Promise.allSettled([program, page])).find((step) => step.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  writeFileSync(stampIn(join(root, next)), JSON.stringify(stamp));
  const old = `dist.old-${process.pid}`;
  if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), join(root, old));
  renameSync(join(root, next), join(root, 'dist'));
  rmSync(join(root, old), { recursive: true, force: true });
}
