import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';

export const REPOSITORY = join(import.meta.dirname, '..', '..');

const CONFIGURATION = ['.dependency-cruiser.mjs', 'eslint.config.mjs', 'knip.json', 'package.json', 'tsconfig.json'];

export interface PlantedTree {
  readonly root: string;
  remove(): void;
}

/** A small tree under this repository's own configuration and packages, holding nothing but the given files. */
export function plantTree(files: Readonly<Record<string, string>>): PlantedTree {
  const root = mkdtempSync(join(tmpdir(), 'parley-planted-'));
  for (const name of CONFIGURATION) cpSync(join(REPOSITORY, name), join(root, name));
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Runs one of the repository's tools in a tree; answers what it printed, whatever its exit code. */
export function runTool(root: string, tool: string, args: readonly string[]): { stdout: string; code: number | null } {
  const { stdout, stderr, status, error } = spawnSync(process.execPath, [join(REPOSITORY, 'node_modules', tool), ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 240_000,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  if (error !== undefined) throw error;
  if (stdout === '' && stderr !== '') throw new Error(stderr);
  return { stdout, code: status };
}
