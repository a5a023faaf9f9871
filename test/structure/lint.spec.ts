import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { plantTree, runTool, type PlantedTree } from './planted-tree.js';

const Report = z.array(z.object({ filePath: z.string(), messages: z.array(z.object({ ruleId: z.string().nullable(), message: z.string() })) }));

/** Each rule with a file that breaks it and nothing else. */
const SINS: readonly { rule: string; file: string; text: string }[] = [
  { rule: '@typescript-eslint/no-floating-promises', file: 'src/a.ts', text: 'export function a(): void {\n  Promise.resolve(1);\n}\n' },
  { rule: '@typescript-eslint/no-misused-promises', file: 'src/b.ts', text: 'export const b = (): void => [1].forEach(async () => { await Promise.resolve(); });\n' },
  { rule: '@typescript-eslint/await-thenable', file: 'src/c.ts', text: 'export async function c(): Promise<number> {\n  return await 1;\n}\n' },
  { rule: '@typescript-eslint/no-explicit-any', file: 'src/d.ts', text: 'export function d(value: any): void {\n  void value;\n}\n' },
  { rule: '@typescript-eslint/no-non-null-assertion', file: 'src/e.ts', text: 'export const e = (value: string | null): string => value!;\n' },
  {
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    file: 'src/f.ts',
    text: "export function f(value: 'x' | 'y'): number {\n  switch (value) {\n    case 'x':\n      return 1;\n  }\n  return 0;\n}\n",
  },
  { rule: '@typescript-eslint/only-throw-error', file: 'src/g.ts', text: "export function g(): never {\n  throw 'words';\n}\n" },
  { rule: '@typescript-eslint/ban-ts-comment', file: 'src/h.ts', text: '// @ts-ignore\nexport const h = 1;\n' },
  { rule: 'no-empty', file: 'src/i.ts', text: 'export function i(work: () => void): void {\n  try {\n    work();\n  } catch {}\n}\n' },
  { rule: 'no-console', file: 'src/j.ts', text: "console.log('j');\nexport const j = 1;\n" },
  { rule: 'no-restricted-syntax', file: 'src/gateway/k.ts', text: 'export const k = process.env.HOME;\n' },
  { rule: 'no-restricted-syntax', file: 'src/gateway/l.ts', text: "import { env } from 'node:process';\nexport const l = env.HOME;\n" },
  { rule: 'no-restricted-syntax', file: 'src/gateway/m.ts', text: 'const { env } = process;\nexport const m = env.HOME;\n' },
  { rule: 'no-restricted-syntax', file: 'src/n.ts', text: "export * from './config/allowed.js';\n" },
  { rule: 'no-restricted-syntax', file: 'src/o.ts', text: "import { forwardRef } from '@nestjs/common';\nexport const o = forwardRef(() => Object);\n" },
  { rule: 'no-restricted-syntax', file: 'src/p.ts', text: 'export const p = (1 as unknown as string).length;\n' },
  { rule: 'no-restricted-syntax', file: 'libs/policy/q.ts', text: 'export const q = Date.now();\n' },
  { rule: 'no-restricted-syntax', file: 'libs/ports/r.ts', text: 'export const r = new Date().toISOString();\n' },
  { rule: 'no-restricted-syntax', file: 'libs/contracts/s.ts', text: 'export const s = Math.random();\n' },
  { rule: 'no-restricted-syntax', file: 'libs/channel-sdk/t.ts', text: 'export const t = crypto.randomUUID();\n' },
  { rule: 'no-restricted-syntax', file: 'libs/policy/u.ts', text: 'export const u = performance.now();\n' },
  { rule: 'no-restricted-syntax', file: 'libs/client/v.ts', text: 'export const v = process.env.HOME;\n' },
];

const SOUND = {
  'src/config/allowed.ts': 'export const allowed = process.env.HOME;\n',
  'src/cli/allowed.ts': 'export const allowed = process.env.HOME;\n',
  'libs/client/allowed.ts': 'export const allowed = Math.random() * Date.now();\n',
  'libs/policy/allowed.ts': 'export const allowed = (at: number): string => new Date(at).toISOString();\n',
};

describe('what the linter forbids', () => {
  let tree: PlantedTree;
  let found: Map<string, (string | null)[]>;

  beforeAll(() => {
    tree = plantTree({ ...SOUND, ...Object.fromEntries(SINS.map(({ file, text }) => [file, text])) });
    const { stdout } = runTool(tree.root, 'eslint/bin/eslint.js', ['--format', 'json', '.']);
    found = new Map(
      Report.parse(JSON.parse(stdout)).map(({ filePath, messages }) => [filePath.slice(tree.root.length + 1), messages.map(({ ruleId }) => ruleId)]),
    );
  });

  afterAll(() => tree.remove());

  it.each(SINS)('$rule is found in $file', ({ rule, file }) => {
    expect(found.get(file)).toContain(rule);
  });

  it.each(Object.keys(SOUND))('nothing is found in %s', (file) => {
    expect(found.get(file)).toEqual([]);
  });
});
