import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Server } from 'socket.io';
import { z } from 'zod';
import { isoTime } from '../../dist/libs/contracts/iso-time.js';
import { asFrames } from '../../dist/src/channels/socketio/frames.js';
import { UuidGenerator } from '../../dist/src/runtime/uuid-generator.js';
import { reportUsage } from './report-usage.mjs';

// The least that keeps the contract for one message: written by hand, without Nest, for one agent that echoes.
// It claims the id, stores message-accepted, turn-started and turn-completed before it sends them, and sends what the contract says,
// with the same tuning that Parley has: group commit, sessions that talk kept in memory, prepared statements, events encoded once, one write a turn of the event loop.

const db = new DatabaseSync(join(process.env.DATA_DIR, 'floor.db'));
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4096');
db.exec(`
  CREATE TABLE claims (author TEXT NOT NULL, client_id TEXT NOT NULL, message_id TEXT NOT NULL, PRIMARY KEY (author, client_id)) STRICT, WITHOUT ROWID;
  CREATE TABLE sessions (id TEXT PRIMARY KEY, owner TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE events (session_id TEXT NOT NULL, seq INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (session_id, seq)) STRICT;
`);
const findClaim = db.prepare('SELECT message_id FROM claims WHERE author = ? AND client_id = ?');
const addClaim = db.prepare('INSERT INTO claims VALUES (?, ?, ?)');
const findSession = db.prepare('SELECT owner, (SELECT max(seq) FROM events WHERE session_id = id) AS lastSeq FROM sessions WHERE id = ?');
const addSession = db.prepare('INSERT INTO sessions VALUES (?, ?)');
const addEvent = db.prepare('INSERT INTO events VALUES (?, ?, ?)');

const ids = new UuidGenerator();

/** The sessions that talk, as the store has them: owner and last number. */
const talking = new Map();

function sessionOf(id) {
  let session = talking.get(id);
  if (session === undefined && (session = findSession.get(id)) !== undefined) talking.set(id, session);
  return session;
}

let steps = [];
let commits = 0;

/** Runs `step` in the transaction that all steps of this turn of the event loop share, then `done` with its result. */
function store(step, done) {
  if (steps.length === 0) setImmediate(flush);
  steps.push({ step, done, result: undefined });
}

function flush() {
  const batch = steps;
  steps = [];
  db.exec('BEGIN IMMEDIATE');
  for (const entry of batch) entry.result = entry.step();
  db.exec('COMMIT');
  commits += 1;
  for (const { done, result } of batch) done(result);
}

const SendMessage = z.strictObject({
  id: z.string().min(1).max(128).optional(),
  sessionId: z.string().min(1).max(128).optional(),
  content: z.string().min(1),
  agent: z.string().min(1).max(128).optional(),
});

/** By socket, the packets of this turn of the event loop. */
let held = new Map();

/** What is written to the socket from here on leaves in one write at the end of this turn of the event loop, the library's acks too. */
function packetsOf(socket) {
  let packets = held.get(socket);
  if (packets === undefined) {
    if (held.size === 0) setImmediate(letGo);
    held.set(socket, (packets = []));
    tcpOf(socket)?.cork();
  }
  return packets;
}

/** Goes past Engine.IO. */
function write(socket, packet) {
  packetsOf(socket).push(packet);
}

function letGo() {
  const all = held;
  held = new Map();
  for (const [socket, packets] of all) {
    const tcp = tcpOf(socket);
    tcp?.write(asFrames(packets).wsPreEncodedFrame[0]);
    tcp?.uncork();
  }
}

function tcpOf(socket) {
  return socket.conn.transport.socket?._socket;
}

function storeEvent(type, sessionId, seq, fields) {
  const json = JSON.stringify({ type, at: isoTime(Date.now()), sessionId, seq, ...fields });
  addEvent.run(sessionId, seq, json);
  return json;
}

function accept(author, { id, sessionId: named, content }) {
  const claimed = id === undefined ? undefined : findClaim.get(author.id, id);
  if (claimed !== undefined) return { duplicate: claimed.message_id };
  const known = named === undefined ? undefined : sessionOf(named);
  if (named !== undefined && known?.owner !== author.id) return { refused: 'not_found' };
  const sessionId = named ?? ids.next();
  const session = known ?? { owner: author.id, lastSeq: 0 };
  const seq = session.lastSeq + 1;
  const messageId = ids.next();
  const turnId = ids.next();
  if (known === undefined) {
    addSession.run(sessionId, author.id);
    talking.set(sessionId, session);
  }
  session.lastSeq = seq + 1;
  if (id !== undefined) addClaim.run(author.id, id, messageId);
  const accepted = storeEvent('message-accepted', sessionId, seq, { messageId, turnId, clientId: id, channel: 'socketio', author, content });
  const started = storeEvent('turn-started', sessionId, seq + 1, { turnId, messageId, agent: 'echo', attempt: 1 });
  return { sessionId, seq, messageId, turnId, accepted, started };
}

function send(socket, author, payload, ack) {
  const parsed = SendMessage.safeParse(payload);
  if (!parsed.success) return ack({ ok: false });
  const at = Date.now();
  store(
    () => accept(author, parsed.data),
    (turn) => {
      if (turn.accepted === undefined) return ack({ ok: false });
      const { messageId, turnId, sessionId, seq } = turn;
      packetsOf(socket);
      ack({ ok: true, messageId, turnId, sessionId, seq, duplicate: false, status: 'queued' });
      write(socket, `2["message-accepted",${turn.accepted}]`);
      write(socket, `2["turn-started",${turn.started}]`);
      answer(socket, turn, parsed.data.content, at);
    },
  );
}

function answer(socket, { sessionId, messageId, turnId }, content, acceptedAt) {
  const delta = JSON.stringify({ type: 'text-delta', at: isoTime(Date.now()), sessionId, turnId, offset: 0, text: content });
  write(socket, `2["text-delta",${delta}]`);
  const meta = {
    agent: 'echo',
    model: 'bench/echo',
    phase: null,
    evaluationPassed: null,
    queuedMs: 0,
    durationMs: Date.now() - acceptedAt,
    usage: { inputTokens: 0, outputTokens: 0 },
  };
  store(
    () => {
      const session = sessionOf(sessionId);
      session.lastSeq += 1;
      return storeEvent('turn-completed', sessionId, session.lastSeq, { turnId, messageId, content, meta });
    },
    (json) => write(socket, `2["turn-completed",${json}]`),
  );
}

const http = createServer();
const io = new Server(http, { perMessageDeflate: false, httpCompression: false, serveClient: false });
io.use((socket, next) => next(socket.handshake.auth.apiKey === process.env.ADMIN_API_KEY ? undefined : new Error('unauthenticated')));
io.on('connection', (socket) => {
  const author = { kind: 'key', id: 'admin' };
  socket.on('send-message', (payload, ack) => send(socket, author, payload, ack));
});
http.listen(0, '127.0.0.1', () => reportUsage(`http://127.0.0.1:${http.address().port}`, () => commits));
