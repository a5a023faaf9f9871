import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { afterEach, expect, it } from 'vitest';
import { call } from '../journeys/http/caller.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

const { get, all, run } = StatementSync.prototype;

/** What grows with use, also as the statements call it. Turns that are open and sessions that close are few, whatever is stored. */
const READS_ALL = /^SCAN (?:sessions|s|events|e|turns|t|keys|k|audit_entries|deliveries|d|usage\w*|control_events)\b(?! USING (?:COVERING )?INDEX (?:turns_open|sessions_closing)\b)/;

/** Every list that grows with what is stored, with each of its filters. */
const LISTS = [
  'sessions?limit=2',
  'sessions?q=word',
  'sessions?agent=concierge',
  'sessions?owner=user:somebody',
  'sessions?owner=user:somebody&agent=concierge&q=word',
  'keys',
  'audit?limit=2',
  'audit?action=key.create',
  'audit?actor=somebody',
  'audit?from=2026-01-01T00:00:00.000Z&to=2030-01-01T00:00:00.000Z',
  'dead-letters',
  'control-plane/queue',
  'control-plane/events',
  'usage?period=day',
  'usage?period=month',
];

let gateway: StartedGateway | null = null;
let dataDir: string | null = null;

afterEach(async () => {
  Object.assign(StatementSync.prototype, { get, all, run });
  await gateway?.stop({ keepData: true });
  if (dataDir !== null) await rm(dataDir, { recursive: true, force: true });
  [gateway, dataDir] = [null, null];
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

it('each list with each of its filters is answered from an index, of no table all is read', async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-list-plans-'));
  gateway = await startGateway({}, { dataDir });
  let sessionId = '';
  for (const content of ['one', 'two', 'three']) {
    const { body } = await call(gateway, 'POST', '/api/v1/messages', { body: { content } });
    sessionId = String(body['sessionId']);
  }
  const paths = [...LISTS, `sessions/${sessionId}/messages`];

  const noted = noteStatements();
  for (const path of paths) {
    const { status, body } = await call(gateway, 'GET', `/api/v1/${path}`);
    expect.soft(status, path).toBe(200);
    const { nextCursor } = body;
    if (typeof nextCursor === 'string') expect.soft((await call(gateway, 'GET', `/api/v1/${path}&cursor=${nextCursor}`)).status).toBe(200);
  }
  Object.assign(StatementSync.prototype, { get, all, run });

  const db = new DatabaseSync(join(dataDir, 'parley.db'), { readOnly: true });
  const ours = [...noted].filter((sql) => !/^PRAGMA|sqlite_schema/.test(sql));
  const scans = ours.flatMap((sql) =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail))
      .filter((step) => READS_ALL.test(step))
      .map((step) => `${step}: ${sql}`),
  );
  db.close();
  expect(ours.filter((sql) => /\bselect\b/i.test(sql)).length).toBeGreaterThan(LISTS.length / 2);
  expect(scans).toEqual([]);
});
