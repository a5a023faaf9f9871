import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { acceptStep } from '../../dist/src/persistence/sqlite/accept-step.js';
import { openDatabase } from '../../dist/src/persistence/sqlite/open-database.js';
import { USAGE_ROLLUPS_SCHEMA } from '../../dist/src/persistence/sqlite/usage-rollups-schema.js';
import { RoadStatements } from '../../dist/src/persistence/sqlite/road-statements.js';

// Fills a data folder as a busy year would: answered messages by the store's own steps, and what operators list besides them.
// `node fill-lists.mjs FOLDER '{"sessions":100000,"messages":1000000,"keys":10000,"audit":200000,"deadLetters":10000,"queued":1000,"usage":100000}'`

const ROWS_OF_A_COMMIT = 50_000;
const SESSIONS_AT_ONCE = 1000;
const SPAN_DAYS = 30;
const DAY_MS = 86_400_000;
const TENANT = 'default';
const AGENTS = ['assistant', 'poet', 'concierge'];
const REPLY = 'What was asked is answered at some length, as a model does it. '.repeat(2);
const ACTIONS = ['key.create', 'key.update', 'session.delete', 'operator.sign-in', 'call.refused', 'deployment.scale'];

const [folder, wanted] = [process.argv[2], JSON.parse(process.argv[3])];
const { writer, reader } = openDatabase(join(folder, 'parley.db'), null);
writer.exec('PRAGMA synchronous = OFF');
const road = new RoadStatements(writer);
const now = Date.now();
const from = now - SPAN_DAYS * DAY_MS;
const at = (n, count) => from + Math.floor((n / count) * SPAN_DAYS * DAY_MS);

let made = 0;

/** UUIDv7 in the order in which they are made. */
function nextId(ms) {
  made += 1;
  const time = ms.toString(16).padStart(12, '0');
  const order = made.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${order.slice(0, 3)}-8${order.slice(3, 6)}-${order.slice(6)}000000`;
}

function many(count, store) {
  for (let n = 0; n < count; n += 1) {
    if (n % ROWS_OF_A_COMMIT === 0) writer.exec('BEGIN IMMEDIATE');
    store(n);
    if ((n + 1) % ROWS_OF_A_COMMIT === 0 || n + 1 === count) writer.exec('COMMIT');
  }
}

function insert(table, row) {
  const names = Object.keys(row);
  const statement = (insert.known ??= new Map()).get(table) ?? writer.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`);
  insert.known.set(table, statement);
  statement.run(...Object.values(row));
}

/** One message; with `answered` its turn is completed, else it waits. */
function message(n, session, ms, answered) {
  const outcome = acceptStep(road, {
    ids: { session: nextId(ms), message: nextId(ms), turn: nextId(ms) },
    reach: { tenantId: TENANT },
    author: { kind: 'user', id: `user-${session.number % 5000}` },
    clientId: `filled-${n}`,
    fingerprint: 'filled',
    ...(session.id === undefined ? {} : { sessionId: session.id }),
    channel: 'http',
    content: `Question ${n}: why is it so?`,
    ...(answered ? {} : { agent: 'silent' }),
    defaultAgent: AGENTS[session.number % AGENTS.length],
    at: ms,
    start: answered,
  });
  if (outcome.kind !== 'accepted') throw new Error(`message ${n} was not taken: ${JSON.stringify(outcome)}`);
  session.id = outcome.accepted.sessionId;
  if (!answered) return;
  const { turn, frames } = outcome.started;
  const seq = frames[0].seq + 1;
  const meta = { agent: turn.agent, model: 'bench/none', phase: null, evaluationPassed: null, queuedMs: 0, durationMs: 1, usage: { inputTokens: 20, outputTokens: 90 } };
  const fields = { turnId: turn.turnId, messageId: turn.messageId, content: `${n}: ${REPLY}`, meta };
  road.addEvent({ type: 'turn-completed', turnId: turn.turnId, at: ms + 1, fields }, road.session.get(turn.sessionId), seq);
  road.end(turn, 'completed', seq);
}

const lines = Array.from({ length: SESSIONS_AT_ONCE }, () => ({ id: undefined, messages: 0, number: 0 }));
const messagesOfASession = Math.max(1, Math.floor(wanted.messages / wanted.sessions));
let sessions = 0;
const setTitle = writer.prepare('UPDATE sessions SET title = ? WHERE id = ?');
many(wanted.messages, (n) => {
  const line = lines[n % SESSIONS_AT_ONCE];
  if (line.id === undefined || line.messages === messagesOfASession) Object.assign(line, { id: undefined, messages: 0, number: (sessions += 1) });
  const fresh = line.id === undefined;
  message(n, line, at(n, wanted.messages), true);
  line.messages += 1;
  if (fresh && line.number % 2 === 0) setTitle.run(`Order ${line.number} of ${line.number % 97 === 0 ? 'spare parts' : 'flowers'}`, line.id);
});
const waiting = lines[0];
many(wanted.queued, (n) => message(wanted.messages + n, lines[n % SESSIONS_AT_ONCE] ?? waiting, now, false));

many(wanted.keys, (n) => {
  const id = nextId(at(n, wanted.keys));
  const limits = JSON.stringify({ messagesPerMinute: null, messagesPerHour: null, turnsAtOnce: null, connections: null, tokensPerDay: null, usdPerDay: null });
  insert('keys', { id, tenant_id: TENANT, name: JSON.stringify(`key ${n}`), scopes: '["messages"]', limits, created_at: at(n, wanted.keys), expires_at: null, last_used_at: null });
  insert('key_secrets', { prefix: `pk_${n.toString(36).padStart(8, '0')}`, key_id: id, place: 0, hash: createHash('sha256').update(String(n)).digest('hex'), expires_at: null });
});

const { seq: lastSeq } = writer.prepare('SELECT coalesce(max(seq), 0) AS seq FROM audit_entries').get();
many(wanted.audit, (n) => {
  const seq = lastSeq + n + 1;
  const entry = {
    seq,
    at: new Date(at(n, wanted.audit)).toISOString(),
    tenantId: TENANT,
    actor: { kind: 'operator', id: `op-${n % 50}` },
    address: '127.0.0.1',
    action: n % 9973 === 0 ? 'tenant.update' : ACTIONS[n % ACTIONS.length],
    target: { kind: 'key', id: String(n) },
    outcome: 'done',
    before: null,
    after: { name: `key ${n}`, scopes: ['messages'] },
  };
  insert('audit_entries', { seq, tenant_id: TENANT, at: at(n, wanted.audit), actor_id: entry.actor.id, action: entry.action, json: JSON.stringify(entry), hash: 'not-chained' });
});

insert('audit_head', { id: 1, seq: lastSeq + wanted.audit, hash: 'not-chained', mac: 'not-signed' });

many(wanted.deadLetters, (n) => {
  const ms = at(n, wanted.deadLetters);
  const id = nextId(ms);
  insert('deliveries', {
    id, tenant_id: TENANT, channel: 'callback', idempotency_key: id, fingerprint: null, target: JSON.stringify({ id: 'none' }), recipient: `https://receiver-${n}.example/hook`,
    payload: '{}', session_id: null, turn_id: null, state: 'dead', attempts: 8, fence: 8, due_at: ms, reason: 'answered 410', created_at: ms, changed_at: ms,
  });
});

const today = Math.floor(now / DAY_MS);
many(wanted.usage, (n) => {
  const day = today - Math.floor((n / wanted.usage) * SPAN_DAYS);
  insert('usage', { tenant_id: TENANT, day, kind: 'user', id: `user-${n % 5000}`, agent: AGENTS[n % AGENTS.length], model: 'openai/gpt-4.1', calls: 3, input_tokens: n, output_tokens: 50, cost_nano_usd: 1000 });
});

writer.exec(USAGE_ROLLUPS_SCHEMA.slice(USAGE_ROLLUPS_SCHEMA.indexOf('INSERT')));
reader.close();
writer.close();
process.stdout.write(JSON.stringify({ sessions, lastSession: lines[0].id }));
