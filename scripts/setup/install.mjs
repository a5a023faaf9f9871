import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './step.mjs';

const TIMEOUT_MS = 20 * 60_000;

const stampOf = (root) => join(root, 'node_modules', '.parley-lock');
const lockHash = (root) => createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');

/** True when node_modules holds what package-lock.json says. Never reads the packages themselves. */
export function installIsFresh(root) {
  if (!existsSync(join(root, 'node_modules'))) return false;
  const stamp = stampOf(root);
  const hash = lockHash(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return true;
  if (!npmSaysSo(root)) return false;
  writeFileSync(stamp, hash);
  return true;
}

/** npm keeps a list of what it put into node_modules: after somebody's own `npm install` that is proof enough. */
function npmSaysSo(root) {
  const listPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(listPath)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(listPath, 'utf8')).packages;
  const same = ([path, entry]) => {
    const found = installed[path];
    if (found === undefined) return path === '' || entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  };
  return Object.entries(wanted).every(same) && Object.keys(installed).every((path) => path in wanted);
}

/** Installs exactly what the lock says. What npm says is shown only when it fails. */
export async function install(root) {
  const { npm_execpath: npm, npm_node_execpath: node, ...rest } = process.env;
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  // The Node that runs npm itself: the one of the packages is about to be replaced.
  const [command, first] = npm?.endsWith('.js') || npm?.endsWith('.cjs') ? [node ?? process.execPath, [npm]] : ['npm', []];
  await run(command, [...first, ...args], { cwd: root, env: rest, timeoutMs: TIMEOUT_MS });
  writeFileSync(stampOf(root), lockHash(root));
}
