import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { openPostgresStore } from '../../src/persistence/postgres/postgres-store.js';
import { call } from '../journeys/http/caller.js';
import { freshDatabase, postgresUrl, withClient } from '../support/postgres.js';
import { startGateway } from '../support/start-gateway.js';

/** What grows with use. Turns that are open and sessions that close are few, whatever is stored. */
const GROWING = new Set(['sessions', 'events', 'turns', 'keys', 'key_secrets', 'audit_entries', 'deliveries', 'usage', 'usage_months', 'usage_days', 'control_events']);
const FEW = new Set(['turns_open', 'sessions_closing', 'deliveries_open']);
const ROWS = 20_000;
/** Rows of a table that a list may look at in vain: less than a page of the longest list. */
const IN_VAIN = 200;
const LONG_AGO = 'from=2026-01-02T00:00:00.000Z&to=2026-01-02T04:00:00.000Z';

/** Every list that grows with what is stored, with each of its filters, also such as nothing or little fits. */
const LISTS = [
  'sessions?limit=2',
  'sessions?q=flowers&limit=2',
  'sessions?q=nowhere',
  'sessions?agent=poet&limit=2',
  'sessions?agent=nobody',
  'sessions?owner=user:often&limit=2',
  'sessions?owner=user:nobody',
  'sessions?owner=user:often&agent=poet',
  'sessions?owner=user:often&agent=poet&q=nowhere',
  'keys?limit=2',
  'audit?limit=2',
  'audit?action=key.create&limit=2',
  'audit?action=no.such',
  'audit?actor=often&limit=2',
  'audit?actor=nobody',
  'audit?actor=often&action=key.create',
  `audit?${LONG_AGO}`,
  `audit?action=key.update&${LONG_AGO}`,
  `audit?actor=often&${LONG_AGO}`,
  'dead-letters?limit=2',
  'control-plane/queue',
  'control-plane/summary',
  'control-plane/events?limit=2',
  'usage?period=day',
  'usage?period=month',
];

/** Half of everything belongs to another tenant; of sessions and entries of `often`, none is of the poet or made a key. */
const FILL = `
  SET search_path = parley;
  CREATE TEMP TABLE n AS SELECT n, CASE WHEN n % 2 = 0 THEN 'default' ELSE 'other' END AS tenant, '01a00000-0000-7000-8000-' || lpad(to_hex(n), 12, '0') AS id,
    1767225600000 + n * 60000 AS ms FROM generate_series(1, ${ROWS}) AS n;
  INSERT INTO sessions SELECT id, tenant, 'user', CASE WHEN n % 4 = 0 THEN '"often"' ELSE '"user-' || n % 500 || '"' END, CASE WHEN n % 4 < 2 THEN '"Order ' || n || ' of flowers"' END,
    CASE WHEN n % 4 = 0 THEN '"assistant"' ELSE '"poet"' END, '{}', 1, 2, false, ms, ms FROM n;
  INSERT INTO turns SELECT id, id, id, tenant, 'user', '"u"', NULL, NULL, true, '"poet"', 'completed', 1, 1, 2, ms FROM n;
  INSERT INTO events SELECT id, seq, id, CASE seq WHEN 1 THEN 'message-accepted' ELSE 'turn-completed' END, '{}', '' FROM n, generate_series(1, 2) AS seq;
  INSERT INTO keys SELECT id, tenant, '"k"', '["messages"]', '{}', ms FROM n;
  INSERT INTO key_secrets SELECT id, id, 0, id FROM n;
  INSERT INTO audit_entries SELECT n, tenant, ms, CASE WHEN n % 4 = 0 THEN '"often"' ELSE '"op-' || n % 50 || '"' END,
    CASE WHEN n % 4 = 0 THEN '"key.update"' ELSE '"key.create"' END, '{}', 'h' FROM n;
  INSERT INTO audit_head VALUES (1, ${ROWS}, 'h', 'm');
  INSERT INTO deliveries (id, tenant_id, channel, idempotency_key, target, recipient, payload, state, due_at, created_at, changed_at)
    SELECT id, tenant, 'callback', id, '{}', 'https://receiver.invalid/' || n, '{}', 'dead', ms, ms, ms FROM n;
  INSERT INTO usage SELECT tenant, 20000 + n % 400, 'user', '"user-' || n || '"', '"poet"', '"m"', 1, 1, 1, 1 FROM n;
  INSERT INTO usage_months SELECT tenant, 600 + n % 13, 'user', '"user-' || n || '"', '"poet"', '"m"', 1, 1, 1, 1 FROM n;
  INSERT INTO usage_days SELECT tenant, 20000 + n % 400, '"model-' || n || '"', 1, 1, 1, 1 FROM n;
  INSERT INTO control_events SELECT tenant, n, ms, 'summary-changed', '{}' FROM n;
  INSERT INTO control_event_numbers SELECT tenant, max(n) FROM n GROUP BY tenant;
`;

interface Asked {
  readonly sql: string;
  readonly values: readonly unknown[];
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

const server = await postgresUrl();
if (server === null && process.env['PARLEY_REQUIRE_POSTGRES'] === '1') throw new Error('no PostgreSQL server, and it is required here');

const { query } = Client.prototype;
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  Reflect.set(Client.prototype, 'query', query);
  for (const end of ends.splice(0).reverse()) await end();
});

/** Notes what reads the server is asked for from now on. */
function noteReads(): readonly Asked[] {
  const noted: Asked[] = [];
  Reflect.set(Client.prototype, 'query', function (this: Client, ...given: unknown[]): unknown {
    const [sql, values] = given;
    if (typeof sql === 'string' && /^\s*(?:select|with)\b/i.test(sql)) noted.push({ sql, values: Array.isArray(values) ? values : [] });
    const answer: unknown = Reflect.apply(query, this, given);
    return answer;
  });
  return noted;
}

function nodesOf(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** A step that reads all of a table that grows, or looks at many of its rows in vain. */
function isLong(step: Plan): boolean {
  if (FEW.has(step['Index Name'] ?? '')) return false;
  const readsAll = step['Node Type'] === 'Seq Scan' || (step['Node Type'].startsWith('Index') && step['Index Cond'] === undefined);
  return GROWING.has(step['Relation Name'] ?? '') && (readsAll || (step['Rows Removed by Filter'] ?? 0) > IN_VAIN);
}

describe.runIf(server !== null)('PostgreSQL', () => {
  it('answers each list with each of its filters from an index, and looks at few rows that do not fit', { timeout: 120_000 }, async () => {
    const database = await freshDatabase(server ?? '');
    ends.push(() => database.drop());
    const store = await openPostgresStore({ url: database.url, exclusive: true, onFault: () => undefined });
    await store.control.close();
    await withClient(database.url, async (client) => {
      // What the server tidies by itself meanwhile would be another table at each run.
      for (const table of GROWING) await client.query(`ALTER TABLE parley.${table} SET (autovacuum_enabled = false)`);
      await client.query(FILL);
      await client.query('VACUUM ANALYZE');
    });
    const gateway = await startGateway({ DATABASE_URL: database.url, ENCRYPTION_KEY: Buffer.alloc(32, 'plans').toString('base64') });
    ends.push(() => gateway.stop());
    const { body } = await call(gateway, 'POST', '/api/v1/messages', { body: { content: 'one' } });
    const paths = [...LISTS, `sessions/${String(body['sessionId'])}/messages`];

    const noted = noteReads();
    for (const path of paths) {
      const { status, body: page } = await call(gateway, 'GET', `/api/v1/${path}`);
      expect.soft(status, path).toBe(200);
      const { nextCursor } = page;
      if (typeof nextCursor === 'string') expect.soft((await call(gateway, 'GET', `/api/v1/${path}&cursor=${nextCursor}`)).status, path).toBe(200);
    }
    Reflect.set(Client.prototype, 'query', query);

    const long = await withClient(database.url, async (client) => {
      const found: string[] = [];
      for (const { sql, values } of noted) {
        const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }>(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${sql}`, [...values]);
        const plan = rows[0]?.['QUERY PLAN'][0].Plan;
        if (plan === undefined) throw new Error(`no plan for ${sql}`);
        found.push(...nodesOf(plan).filter(isLong).map((step) => `${step['Node Type']} on ${step['Relation Name']}, ${step['Rows Removed by Filter'] ?? 0} in vain: ${sql}`));
      }
      return found;
    });
    expect(noted.length).toBeGreaterThan(LISTS.length);
    expect(long).toEqual([]);
  });
});
