import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { afterEach, expect, it } from 'vitest';
import { Gateway } from '#libs/channel-sdk';
import { send } from '../support/callers.js';
import { Listener } from '../support/listener.js';
import { deafAgent, echoAgent } from '../support/scripted-agent.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

const { get, all, run } = StatementSync.prototype;

/** What a start may read all of: what is open or closes, an end of the turns, and the tenants there are. */
const BOUNDED = ['SCAN turns USING INDEX turns_open: ', 'SCAN sessions USING INDEX sessions_closing: ', 'SCAN turns: SELECT id FROM turns ORDER BY id DESC LIMIT 1', 'SCAN tenants: '];

let started: StartedGateway | null = null;
let dataDir: string | null = null;

afterEach(async () => {
  Object.assign(StatementSync.prototype, { get, all, run });
  await started?.stop({ keepData: true });
  if (dataDir !== null) await rm(dataDir, { recursive: true, force: true });
});

/** Notes the text of each statement that SQLite is given from now on. */
function noteStatements(): ReadonlySet<string> {
  const noted = new Set<string>();
  for (const name of ['get', 'all', 'run'] as const) {
    const real: unknown = Reflect.get(StatementSync.prototype, name);
    if (typeof real !== 'function') throw new Error(`a statement has no ${name}`);
    const noting = function (this: StatementSync, ...values: unknown[]): unknown {
      noted.add(this.sourceSQL);
      return Reflect.apply(real, this, values);
    };
    Reflect.set(StatementSync.prototype, name, noting);
  }
  return noted;
}

it('a start reads no table from one end to the other and counts nothing, however much is stored', async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-plans-'));
  const before = await startGateway({ SHUTDOWN_DRAIN_MS: '100' }, { agents: [deafAgent('worker'), echoAgent('echo')], dataDir });
  const gateway = before.app.get(Gateway);
  const listener = new Listener();
  await send(gateway, { content: 'ends', agent: 'echo' }, listener);
  await listener.heard((event) => event.type === 'turn-completed');
  const { accepted } = await send(gateway, { content: 'runs', agent: 'worker' }, listener);
  await send(gateway, { content: 'waits', agent: 'worker', sessionId: accepted.sessionId }, listener);
  await before.stop({ keepData: true });

  const noted = noteStatements();
  started = await startGateway({ SHUTDOWN_DRAIN_MS: '100' }, { agents: [deafAgent('worker'), echoAgent('echo')], dataDir });
  await expect.poll(() => [...noted].some((sql) => sql.includes('DELETE FROM deliveries')), { timeout: 30_000 }).toBe(true);
  Object.assign(StatementSync.prototype, { get, all, run });

  const db = new DatabaseSync(join(dataDir, 'parley.db'), { readOnly: true });
  const ours = [...noted].filter((sql) => !/^PRAGMA|sqlite_schema/.test(sql));
  const plans = ours.map((sql) => ({ sql, plan: db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail)) }));
  db.close();
  const read = plans.flatMap(({ sql, plan }) => plan.filter((step) => step.startsWith('SCAN')).map((step) => `${step}: ${sql}`));
  expect(read.filter((one) => !BOUNDED.some((bounded) => one.startsWith(bounded)))).toEqual([]);
  expect(ours.filter((sql) => /^SELECT (count|sum|max|min|avg)\s*\(/i.test(sql) || /GROUP BY/i.test(sql))).toEqual([]);
});
