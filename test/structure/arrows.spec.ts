import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { plantTree, REPOSITORY, runTool, type PlantedTree } from './planted-tree.js';

const Named = z.object({ name: z.string() });
const Report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), rule: Named })),
    ruleSetUsed: z.object({ forbidden: z.array(Named) }),
  }),
});

interface Findings {
  readonly violations: readonly { rule: string; from: string }[];
  readonly rules: readonly string[];
}

function findings(root: string): Findings {
  const { stdout } = runTool(root, 'dependency-cruiser/bin/dependency-cruise.mjs', [
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'json',
    'src',
    'libs',
  ]);
  const { violations, ruleSetUsed } = Report.parse(JSON.parse(stdout)).summary;
  return { violations: violations.map(({ rule, from }) => ({ rule: rule.name, from })), rules: ruleSetUsed.forbidden.map(({ name }) => name) };
}

const SOUND = {
  'libs/contracts/index.ts': "export { Word } from './word.js';\n",
  'libs/contracts/word.ts': "import { z } from 'zod';\nexport const Word = z.string();\n",
  'libs/ports/index.ts': "export { Store } from './store.js';\n",
  'libs/ports/store.ts': "import { Word } from '#libs/contracts';\nexport abstract class Store { abstract keep(word: typeof Word): void; }\n",
  'libs/client/index.ts': "export { connect } from './connect.js';\n",
  'libs/client/connect.ts': "import { io } from 'socket.io-client';\nexport const connect = io;\n",
  'src/gateway/hub.ts': 'export const hub = 1;\n',
  'src/auth/caller.ts': 'export const caller = 1;\n',
  'src/persistence/sqlite/sqlite-store.ts': "import { Store } from '#libs/ports';\nexport class SqliteStore extends Store { keep(): void {} }\n",
  'src/channels/http/http.channel.ts': "import { hub } from '../../gateway/hub.js';\nimport { caller } from '../../auth/caller.js';\nexport const http = [hub, caller];\n",
  'src/app.module.ts': "import { SqliteStore } from './persistence/sqlite/sqlite-store.js';\nimport { http } from './channels/http/http.channel.js';\nexport const app = [SqliteStore, http];\n",
  'src/main.ts': "import { app } from './app.module.js';\nexport const main = app;\n",
  'src/cli/main.ts': "import { connect } from '#libs/client';\nexport const cli = [connect, () => import('../main.js')];\n",
};

/** Each rule with a file that breaks it. */
const SINS: readonly { rule: string; file: string; text: string; besides?: Readonly<Record<string, string>> }[] = [
  {
    rule: 'no-circles',
    file: 'src/gateway/left.ts',
    text: "import { right } from './right.js';\nexport const left = () => right;\n",
    besides: { 'src/gateway/right.ts': "import { left } from './left.js';\nexport const right = () => left;\n" },
  },
  {
    rule: 'no-unknown-folder',
    file: 'src/gateway/to-unknown.ts',
    text: "export { thing } from '../utilities/thing.js';\n",
    besides: { 'src/utilities/thing.ts': 'export const thing = 1;\n' },
  },
  { rule: 'libs-by-their-door', file: 'src/gateway/behind.ts', text: "export { Word } from '../../libs/contracts/word.js';\n" },
  { rule: 'lib-contracts-arrows', file: 'libs/contracts/up.ts', text: "export { Store } from '#libs/ports';\n" },
  { rule: 'lib-contracts-packages', file: 'libs/contracts/nest.ts', text: "export { Module } from '@nestjs/common';\n" },
  { rule: 'lib-ports-arrows', file: 'libs/ports/into-src.ts', text: "export { hub } from '../../src/gateway/hub.js';\n" },
  { rule: 'lib-ports-packages', file: 'libs/ports/disk.ts', text: "export { readFileSync } from 'node:fs';\n" },
  { rule: 'lib-channel-sdk-arrows', file: 'libs/channel-sdk/client.ts', text: "export { connect } from '#libs/client';\n" },
  { rule: 'lib-channel-sdk-packages', file: 'libs/channel-sdk/socket.ts', text: "export { Server } from 'socket.io';\n" },
  { rule: 'lib-policy-arrows', file: 'libs/policy/client.ts', text: "export { connect } from '#libs/client';\n" },
  { rule: 'lib-policy-packages', file: 'libs/policy/chance.ts', text: "export { randomInt } from 'node:crypto';\n" },
  { rule: 'lib-client-arrows', file: 'libs/client/ports.ts', text: "export { Store } from '#libs/ports';\n" },
  { rule: 'lib-client-packages', file: 'libs/client/disk.ts', text: "export { readFileSync } from 'node:fs';\n" },
  { rule: 'lib-console-arrows', file: 'libs/console/ports.ts', text: "export { Store } from '#libs/ports';\n" },
  { rule: 'lib-console-packages', file: 'libs/console/server.ts', text: "export { Server } from 'socket.io';\n" },
  {
    rule: 'arrows-of-config',
    file: 'src/config/asks.ts',
    text: "export { hub } from '../gateway/hub.js';\n",
  },
  { rule: 'arrows-of-runtime', file: 'src/runtime/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-observability', file: 'src/observability/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-persistence', file: 'src/persistence/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-lifecycle', file: 'src/lifecycle/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-throttling', file: 'src/throttling/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-auth', file: 'src/auth/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-orchestrator', file: 'src/orchestrator/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-gateway', file: 'src/gateway/asks.ts', text: "export { http } from '../channels/http/http.channel.js';\n" },
  { rule: 'arrows-of-channels', file: 'src/channels/http/asks.ts', text: "export { SqliteStore } from '../../persistence/sqlite/sqlite-store.js';\n" },
  { rule: 'arrows-of-health', file: 'src/health/asks.ts', text: "export { http } from '../channels/http/http.channel.js';\n" },
  { rule: 'arrows-of-audit', file: 'src/audit/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-tenants', file: 'src/tenants/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-vault', file: 'src/vault/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-egress-guard', file: 'src/egress-guard/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-pages', file: 'src/pages/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-api-docs', file: 'src/api-docs/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-control-plane', file: 'src/control-plane/asks.ts', text: "export { http } from '../channels/http/http.channel.js';\n" },
  { rule: 'arrows-of-operation', file: 'src/operation/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  { rule: 'arrows-of-maintenance', file: 'src/maintenance/asks.ts', text: "export { http } from '../channels/http/http.channel.js';\n" },
  { rule: 'arrows-of-metrics', file: 'src/metrics/asks.ts', text: "export { http } from '../channels/http/http.channel.js';\n" },
  { rule: 'arrows-of-cli', file: 'src/cli/asks.ts', text: "export { hub } from '../gateway/hub.js';\n" },
  {
    rule: 'doors-do-not-know-each-other',
    file: 'src/channels/websocket/borrows.ts',
    text: "export { http } from '../http/http.channel.js';\n",
  },
  {
    rule: 'stores-do-not-know-each-other',
    file: 'src/persistence/postgres/borrows.ts',
    text: "export { SqliteStore } from '../sqlite/sqlite-store.js';\n",
  },
  { rule: 'only-the-map-names-adapters', file: 'src/gateway/store.ts', text: "export { SqliteStore } from '../persistence/sqlite/sqlite-store.js';\n" },
  { rule: 'nobody-imports-the-start', file: 'src/gateway/start.ts', text: "export { app } from '../app.module.js';\n" },
  { rule: 'cli-is-a-client', file: 'src/cli/ports.ts', text: "export { Store } from '#libs/ports';\n" },
  { rule: 'nothing-unresolved', file: 'src/gateway/nowhere.ts', text: "export { nothing } from './no-such-file.js';\n" },
  { rule: 'no-development-packages', file: 'src/gateway/tests.ts', text: "export { assert } from 'fast-check';\n" },
];

describe('the arrows between the parts', () => {
  let sound: PlantedTree;
  let sinful: PlantedTree;
  let found: Findings;

  beforeAll(() => {
    sound = plantTree(SOUND);
    sinful = plantTree({ ...SOUND, ...Object.fromEntries(SINS.flatMap(({ file, text, besides }) => [[file, text], ...Object.entries(besides ?? {})])) });
    found = findings(sinful.root);
  }, 300_000);

  afterAll(() => {
    sound.remove();
    sinful.remove();
  });

  it('hold in this repository', () => {
    expect(findings(REPOSITORY).violations).toEqual([]);
  }, 300_000);

  it('hold in a tree that follows them', () => {
    expect(findings(sound.root).violations).toEqual([]);
  });

  it.each(SINS)('are defended by the rule $rule', ({ rule, file }) => {
    expect(found.violations).toContainEqual({ rule, from: file });
  });

  it('have a planted sin for each rule', () => {
    expect(SINS.map(({ rule }) => rule).toSorted()).toEqual(found.rules.toSorted());
  });
});
