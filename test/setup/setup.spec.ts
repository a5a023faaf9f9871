import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const TIME_LIMIT_MS = 180_000;

const FILES = {
  'src/main.ts': 'export const answer: number = 42;\n',
  'src/serve.ts': "export { word } from '#libs/contracts';\n",
  'src/cli/main.ts': 'export const command = 1;\n',
  'src/persistence/sqlite/page-check-process.ts': 'export const check = 1;\n',
  'libs/contracts/index.ts': 'export const word = 1;\n',
  'libs/console/index.html': '<!doctype html><title>page</title>\n',
  'libs/console/vite.config.ts': "export default { root: import.meta.dirname, build: { emptyOutDir: true } };\n",
};

/** A clone in small: the real scripts, settings and packages, with next to no sources. */
function smallClone(): string {
  const root = mkdtempSync(join(tmpdir(), 'parley-setup-'));
  for (const name of ['scripts', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(join(REPOSITORY, name), join(root, name), { recursive: true });
  }
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function setUp(root: string): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['scripts/setup.mjs'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], timeout: TIME_LIMIT_MS });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  await once(child, 'close');
  return { code: child.exitCode, said };
}

describe('the set-up', () => {
  let root: string;
  const built = () => statSync(join(root, 'dist/src/main.js')).mtimeMs;

  beforeAll(async () => {
    root = smallClone();
    const first = await setUp(root);
    expect(first).toMatchObject({ code: 0, said: expect.stringMatching(/^Building … \d+\.\d s\n$/) });
  }, TIME_LIMIT_MS);

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('does nothing and says nothing when nothing changed', async () => {
    const before = built();
    expect(await setUp(root)).toEqual({ code: 0, said: '' });
    expect(built()).toBe(before);
  });

  it('joins the program into files of its own, and nothing else is left to load', async () => {
    expect(readFileSync(join(root, 'dist/program/serve.js'), 'utf8')).toContain('word = 1');
    expect(readFileSync(join(root, 'dist/program/serve.js'), 'utf8')).not.toContain('#libs/');
    expect(existsSync(join(root, 'dist/program/page-check-process.js'))).toBe(true);
  });

  it('does nothing when only the times of the files changed', async () => {
    const before = built();
    utimesSync(join(root, 'src/main.ts'), new Date(), new Date());
    expect(await setUp(root)).toEqual({ code: 0, said: '' });
    expect(built()).toBe(before);
  });

  it('builds once when two are started at once after a change', async () => {
    writeFileSync(join(root, 'src/main.ts'), 'export const answer: number = 43;\n');
    const runs = await Promise.all([setUp(root), setUp(root)]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(runs.map(({ said }) => said).join('').match(/Building/g)).toHaveLength(1);
    expect(readFileSync(join(root, 'dist/src/main.js'), 'utf8')).toContain('43');
  }, TIME_LIMIT_MS);

  it('leaves the last build when the new one fails, and says why', async () => {
    const before = built();
    writeFileSync(join(root, 'src/broken.ts'), 'export const = 1;\n');
    const { code, said } = await setUp(root);
    expect(code).toBe(1);
    expect(said).toContain('src/broken.ts(1,');
    expect(built()).toBe(before);
    rmSync(join(root, 'src/broken.ts'));
    expect(await setUp(root)).toEqual({ code: 0, said: '' });
  }, TIME_LIMIT_MS);

  it('takes no file along whose source is gone', async () => {
    writeFileSync(join(root, 'src/short-lived.ts'), 'export const here = 1;\n');
    await setUp(root);
    expect(existsSync(join(root, 'dist/src/short-lived.js'))).toBe(true);
    rmSync(join(root, 'src/short-lived.ts'));
    await setUp(root);
    expect(existsSync(join(root, 'dist/src/short-lived.js'))).toBe(false);
  }, TIME_LIMIT_MS);

  it('takes over from a set-up that died, and leaves nothing behind', async () => {
    const dead = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(dead, 'close');
    writeFileSync(join(root, '.setup.lock'), `${dead.pid}\n`);
    mkdirSync(join(root, `dist.next-${dead.pid}`));
    writeFileSync(join(root, 'src/main.ts'), 'export const answer: number = 44;\n');
    expect((await setUp(root)).code).toBe(0);
    expect(readdirSync(root).filter((name) => /^(\.setup\.lock|dist\.)/.test(name))).toEqual([]);
  }, TIME_LIMIT_MS);
});
