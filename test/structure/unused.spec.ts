import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantTree, runTool, type PlantedTree } from './planted-tree.js';

describe('what nobody uses', () => {
  let tree: PlantedTree;
  let words: string[];

  beforeAll(() => {
    tree = plantTree({
      'src/main.ts':
        "import { used } from './gateway/hub.js';\nimport { word } from '#libs/contracts';\nimport { decide } from '#libs/policy';\nused(decide(word));\n",
      'src/gateway/hub.ts': 'export const used = (word: string): string => word;\nexport const nobodyCallsThis = 1;\n',
      'src/gateway/nobody-imports-this.ts': 'export const lonely = 1;\n',
      'libs/contracts/index.ts': "export { word, saidToClients } from './word.js';\n",
      'libs/contracts/word.ts': "import { z } from 'zod';\nexport const word = z.string().parse('word');\nexport const saidToClients = 'hello';\n",
      'libs/policy/index.ts': "export { decide, nobodyDecidesThis } from './decide.js';\n",
      'libs/policy/decide.ts': 'export const decide = (word: string): string => word;\nexport const nobodyDecidesThis = 1;\n',
    });
    words = runTool(tree.root, 'knip/bin/knip.js', ['--reporter', 'compact']).stdout.split(/[\s,:]+/);
  });

  afterAll(() => tree.remove());

  it.each([
    ['an export', 'nobodyCallsThis'],
    ['a file', 'src/gateway/nobody-imports-this.ts'],
    ['an export of a lib', 'nobodyDecidesThis'],
    ['a dependency', 'fastify'],
  ])('%s, is named', (_kind, name) => {
    expect(words).toContain(name);
  });

  it.each(['used', 'decide', 'word', 'saidToClients', 'zod'])('%s, which is used or belongs to the contract, is not named', (name) => {
    expect(words).not.toContain(name);
  });
});
