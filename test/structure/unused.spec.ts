import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantTree, runTool, type PlantedTree } from './planted-tree.js';

describe('what nobody uses', () => {
  let tree: PlantedTree;
  let report: string;

  beforeAll(() => {
    tree = plantTree({
      'src/main.ts': "import { used } from './gateway/hub.js';\nimport { word } from '#libs/contracts';\nused(word);\n",
      'src/gateway/hub.ts': 'export const used = (word: string): string => word;\nexport const nobodyCallsThis = 1;\n',
      'src/gateway/nobody-imports-this.ts': 'export const lonely = 1;\n',
      'libs/contracts/index.ts': "export { word, nobodySaysThis } from './word.js';\n",
      'libs/contracts/word.ts': "export const word = 'word';\nexport const nobodySaysThis = 'silence';\n",
    });
    report = runTool(tree.root, 'knip/bin/knip.js', ['--reporter', 'compact']).stdout;
  }, 60_000);

  afterAll(() => tree.remove());

  it.each([
    ['an export', 'nobodyCallsThis'],
    ['a file', 'nobody-imports-this.ts'],
    ['an export of a lib', 'nobodySaysThis'],
    ['a dependency', 'fastify'],
  ])('%s is named', (_kind, name) => {
    expect(report).toContain(name);
  });

  it('what is used is not', () => {
    expect(report).not.toMatch(/\bused\b[^s]*hub\.ts|zzz/);
    expect(report).not.toContain('hub.ts: used');
  });
});
