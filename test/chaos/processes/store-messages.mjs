import { openSqliteStore } from '../../../dist/src/persistence/sqlite/sqlite-store.js';

// Fills a data folder with answered messages by the store's own port, as many at once as it takes into a commit:
// node store-messages.mjs FOLDER COUNT

const AT_ONCE = 500;
const MESSAGES_OF_A_SESSION = 20;
const AUTHORS = 200;
const DAYS = 30;
const REPLY = 'What was asked is answered at some length, as a model does it. '.repeat(6);
const META = { agent: 'assistant', model: 'local/concierge', phase: null, evaluationPassed: null, queuedMs: 0, durationMs: 1, usage: { inputTokens: 20, outputTokens: 90 } };

const [folder, count] = [process.argv[2], Number(process.argv[3])];
const { inbox, control } = openSqliteStore(folder, (error) => {
  throw error;
});
const from = Date.now() - DAYS * 86_400_000;
/** As many sessions are under way as messages are stored at once. */
const sessions = Array.from({ length: AT_ONCE }, () => ({ id: undefined, messages: 0 }));
let made = 0;

/** UUIDv7 in the order in which they are made. */
function nextId(at) {
  made += 1;
  const time = at.toString(16).padStart(12, '0');
  const order = made.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${order.slice(0, 3)}-8${order.slice(3, 6)}-${order.slice(6)}000000`;
}

async function storeOne(n) {
  const at = from + Math.floor((n / count) * DAYS * 86_400_000);
  const session = sessions[n % AT_ONCE];
  if (session.messages === MESSAGES_OF_A_SESSION) Object.assign(session, { id: undefined, messages: 0 });
  const author = { kind: 'key', id: `author-${(n % AT_ONCE) % AUTHORS}` };
  const outcome = await inbox.accept({
    ids: { session: nextId(at), message: nextId(at), turn: nextId(at) },
    reach: { tenantId: 'default', owner: author },
    author,
    clientId: `stored-${n}`,
    fingerprint: 'stored',
    ...(session.id === undefined ? {} : { sessionId: session.id }),
    channel: 'http',
    content: `Question ${n}: ${'why '.repeat(20)}`,
    defaultAgent: 'assistant',
    at,
    start: true,
  });
  if (outcome.kind !== 'accepted' || outcome.started === null) throw new Error(`message ${n} was not started: ${JSON.stringify(outcome)}`);
  const { turn } = outcome.started;
  session.id = turn.sessionId;
  session.messages += 1;
  const fields = { turnId: turn.turnId, messageId: turn.messageId, content: `${n}: ${REPLY}`, meta: META };
  const fact = { type: 'turn-completed', turnId: turn.turnId, at: at + 1, fields };
  const ended = await inbox.finish(turn, { state: 'completed', fact }, false);
  if (ended === 'stale') throw new Error(`message ${n} was not ended`);
}

for (let n = 0; n < count; n += AT_ONCE) await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - n) }, (_, index) => storeOne(n + index)));
await control.close();
