import pg from 'pg';
import { openPostgresStore } from '../../dist/src/persistence/postgres/postgres-store.js';

// Fills an empty PostgreSQL database with what `fill-lists.mjs` puts into a data folder, by the server itself.
// `node fill-postgres-lists.mjs URL '{"sessions":100000,"messages":1000000,"keys":10000,"audit":200000,"deadLetters":10000,"queued":1000,"usage":100000}'`

const SESSIONS_AT_ONCE = 1000;
const SPAN_DAYS = 30;
const DAY_MS = 86_400_000;

const [url, wanted] = [process.argv[2], JSON.parse(process.argv[3])];
const store = await openPostgresStore({ url, exclusive: true, onFault: () => undefined });
await store.control.close();
const client = new pg.Client({ connectionString: url });
await client.connect();

const now = Date.now();
const from = now - SPAN_DAYS * DAY_MS;
const messagesOfASession = Math.max(1, Math.floor(wanted.messages / wanted.sessions));
const at = (count) => `(${from} + n::bigint * ${SPAN_DAYS * DAY_MS} / ${count})`;
const iso = (ms) => `to_char(to_timestamp(${ms} / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const each = (count) => `generate_series(0, ${count - 1}) AS n`;
const one = (list, n) => `(ARRAY[${list.map((item) => `'${item}'`).join(', ')}])[1 + ${n} % ${list.length}]`;
const agents = ['"assistant"', '"poet"', '"concierge"'];
const actions = ['key.create', 'key.update', 'session.delete', 'operator.sign-in', 'call.refused', 'deployment.scale'];
const reply = 'What was asked is answered at some length, as a model does it. '.repeat(2);
const meta = '"meta":{"agent":"assistant","model":"bench/none","phase":null,"evaluationPassed":null,"queuedMs":0,"durationMs":1,"usage":{"inputTokens":20,"outputTokens":90}}';
const noLimits = '{"messagesPerMinute":null,"messagesPerHour":null,"turnsAtOnce":null,"connections":null,"tokensPerDay":null,"usdPerDay":null}';

/** Tables of ids and numbers from which the rows are made: message `n` of session `s` stands at place `p` of it. */
const PLAN = `
  CREATE FUNCTION pg_temp.id_of(ms bigint, made bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT substr(t, 1, 8) || '-' || substr(t, 9) || '-7' || substr(o, 1, 3) || '-8' || substr(o, 4, 3) || '-' || substr(o, 7) || '000000'
    FROM (SELECT lpad(to_hex(ms), 12, '0') AS t, lpad(to_hex(made), 12, '0') AS o) halves
  $$;
  CREATE TEMP TABLE said AS
    SELECT n, n / ${SESSIONS_AT_ONCE * messagesOfASession} * ${SESSIONS_AT_ONCE} + n % ${SESSIONS_AT_ONCE} + 1 AS s,
      n % ${SESSIONS_AT_ONCE * messagesOfASession} / ${SESSIONS_AT_ONCE} AS p, ${at(wanted.messages)} AS ms
    FROM ${each(wanted.messages)};
  CREATE TEMP TABLE begun AS SELECT s, ms, pg_temp.id_of(ms, 4 * n) AS id FROM said WHERE p = 0;
  CREATE INDEX ON begun (s);
  CREATE TEMP TABLE waiting AS
    SELECT n + ${wanted.messages} AS n, s, ${now}::bigint AS ms, ${3 * messagesOfASession} + 1 + (n / ${SESSIONS_AT_ONCE}) AS seq
    FROM (SELECT n, (SELECT max(s) FROM begun) - n % ${SESSIONS_AT_ONCE} AS s FROM ${each(wanted.queued)}) placed;
  ANALYZE said; ANALYZE begun; ANALYZE waiting;`;

const ids = 'pg_temp.id_of(m.ms, 4 * m.n + 1) AS message, pg_temp.id_of(m.ms, 4 * m.n + 2) AS turn';
const author = '(b.s % 5000)';
const accepted = (seq) => `'{"type":"message-accepted","at":"' || ${iso('ms')} || '","sessionId":"' || session || '","seq":' || ${seq} || ',"messageId":"' || message
  || '","turnId":"' || turn || '","clientId":"filled-' || n || '","channel":"http","author":{"kind":"user","id":"user-' || s % 5000
  || '"},"content":"Question ' || n || ': why is it so?"}'`;
const event = (type, seq, json, source) => `
  INSERT INTO parley.events (session_id, seq, turn_id, type, json, checksum)
  SELECT session, seq, turn, '${type}', json, substring(sha256(convert_to(json, 'UTF8')) FOR 8)
  FROM (SELECT session, ${seq} AS seq, turn, ${json} AS json, n FROM (
    SELECT m.*, b.id AS session, ${ids} FROM ${source} m JOIN begun b USING (s)
  ) placed ORDER BY n) made`;
const turns = (source, state, agent, acceptedSeq, endedSeq) => `
  INSERT INTO parley.turns (id, message_id, session_id, tenant_id, author_kind, author_id, client_id, fingerprint, session_named, agent, state, attempt,
    accepted_seq, ended_seq, accepted_at, context)
  SELECT turn, message, session, 'default', 'user', '"user-' || s % 5000 || '"', '"filled-' || n || '"', 'filled', true, ${agent}, '${state}',
    ${state === 'queued' ? 0 : 1}, ${acceptedSeq}, ${endedSeq}, ms, '{"projectIds":[],"metadata":{},"replyContext":null}'
  FROM (SELECT m.*, b.id AS session, ${ids} FROM ${source} m JOIN begun b USING (s) ORDER BY n) placed`;

const STEPS = [
  'SET synchronous_commit = off; SET maintenance_work_mem = \'256MB\'; SET work_mem = \'128MB\'; ALTER TABLE parley.events DISABLE TRIGGER USER',
  PLAN,
  `INSERT INTO parley.sessions (id, tenant_id, owner_kind, owner_id, title, agent, metadata, last_seq, created_at, updated_at)
   SELECT b.id, 'default', 'user', '"user-' || ${author} || '"',
     CASE WHEN s % 2 = 0 THEN '"Order ' || s || ' of ' || CASE WHEN s % 97 = 0 THEN 'spare parts' ELSE 'flowers' END || '"' END,
     ${one(agents, 's')}, '{}', ${3 * messagesOfASession} + (SELECT count(*) FROM waiting w WHERE w.s = b.s), b.ms, b.ms FROM begun b ORDER BY b.s`,
  turns('said', 'completed', one(agents, 's'), '3 * p + 1', '3 * p + 3'),
  turns('waiting', 'queued', `'"silent"'`, 'seq', 'NULL'),
  event('message-accepted', '3 * p + 1', accepted('3 * p + 1'), 'said'),
  event('turn-started', '3 * p + 2', `'{"type":"turn-started","at":"' || ${iso('ms')} || '","sessionId":"' || session || '","seq":' || 3 * p + 2 || ',"turnId":"' || turn
    || '","messageId":"' || message || '","agent":"assistant","attempt":1}'`, 'said'),
  event('turn-completed', '3 * p + 3', `'{"type":"turn-completed","at":"' || ${iso('(ms + 1)')} || '","sessionId":"' || session || '","seq":' || 3 * p + 3 || ',"turnId":"'
    || turn || '","messageId":"' || message || '","content":"' || n || ': ${reply}",${meta}}'`, 'said'),
  event('message-accepted', 'seq', accepted('seq'), 'waiting'),
  'ALTER TABLE parley.events ENABLE TRIGGER USER',
  `INSERT INTO parley.keys SELECT pg_temp.id_of(ms, ${5 * wanted.messages} + n), 'default', '"key ' || n || '"', '["messages"]', '${noLimits}', ms
   FROM (SELECT n, ${at(wanted.keys)} AS ms FROM ${each(wanted.keys)}) made`,
  `INSERT INTO parley.key_secrets SELECT 'pk_' || lpad(to_hex(n), 8, '0'), id, 0, encode(sha256(n::text::bytea), 'hex')
   FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM parley.keys WHERE name LIKE '"key %') made`,
  `INSERT INTO parley.audit_entries (seq, tenant_id, at, actor_id, action, json, hash)
   SELECT n + 1, 'default', ms, '"op-' || n % 50 || '"', '"' || action || '"',
     '{"seq":' || n + 1 || ',"at":"' || ${iso('ms')} || '","tenantId":"default","actor":{"kind":"operator","id":"op-' || n % 50 || '"},"address":"127.0.0.1","action":"'
     || action || '","target":{"kind":"key","id":"' || n || '"},"outcome":"done","before":null,"after":{"name":"key ' || n || '","scopes":["messages"]}}', 'not-chained'
   FROM (SELECT n, ${at(wanted.audit)} AS ms, CASE WHEN n % 9973 = 0 THEN 'tenant.update' ELSE ${one(actions, 'n')} END AS action FROM ${each(wanted.audit)}) made`,
  `INSERT INTO parley.audit_head VALUES (1, ${wanted.audit}, 'not-chained', 'not-signed')`,
  `INSERT INTO parley.deliveries (id, tenant_id, channel, idempotency_key, target, recipient, payload, state, attempts, fence, due_at, reason, created_at, changed_at)
   SELECT id, 'default', 'callback', id, '{"id":"none"}', 'https://receiver-' || n || '.example/hook', '{}', 'dead', 8, 8, ms, 'answered 410', ms, ms
   FROM (SELECT n, ms, pg_temp.id_of(ms, ${6 * wanted.messages} + n) AS id FROM (SELECT n, ${at(wanted.deadLetters)} AS ms FROM ${each(wanted.deadLetters)}) timed) made`,
];

for (const sql of STEPS) await client.query(sql);
await client.end();

const used = Array.from({ length: wanted.usage }, (_, n) => ({
  tenantId: 'default', day: Math.floor(now / DAY_MS) - Math.floor((n / wanted.usage) * SPAN_DAYS), by: { kind: 'user', id: `user-${n % 5000}` },
  agent: JSON.parse(agents[n % agents.length]), model: 'openai/gpt-4.1', calls: 3, inputTokens: n, outputTokens: 50, costNanoUsd: 1000,
}));
const again = await openPostgresStore({ url, exclusive: true, onFault: () => undefined });
for (let n = 0; n < used.length; n += 1000) await again.usage.add(used.slice(n, n + 1000));
await again.control.close();

const tidy = new pg.Client({ connectionString: url });
await tidy.connect();
await tidy.query('VACUUM ANALYZE');
await tidy.end();
