import { expect, test } from 'vitest';
import { ParleyClient } from '#libs/client';
import { Lifecycle } from '../../src/lifecycle/lifecycle.js';
import { awakeTime } from '../support/awake-time.js';
import { deafAgent, ScriptedAgent, COMPLETED } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway } from '../support/start-gateway.js';
import { HostileClients } from './hostile-clients.js';

const EACH = 10;
const DRAIN_MS = 1000;
/** What clients may take to go once they were told, and sockets without a door after them. */
const GRACE_MS = 2000;
const LEEWAY_MS = 3000;

/** Says enough for an answer to fill the buffers of a connection that is not read. */
const talker = new ScriptedAgent('talker', async function* () {
  yield { type: 'text', text: 'x'.repeat(400_000) };
  yield COMPLETED;
});

test('a shutdown with streams and sockets that do not read, half-sent bodies and an agent that ignores the abort ends in its time, cleanly', async () => {
  const gateway = await startGateway({ SHUTDOWN_DRAIN_MS: String(DRAIN_MS) }, { agents: [deafAgent(), talker] });
  const admin = new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY });
  const clients = new HostileClients(gateway.url, ADMIN_KEY);
  const { sessionId } = await admin.send({ content: 'talk', agent: 'talker' }, { waitSeconds: 30 });
  for (let turn = 0; turn < 12; turn += 1) await admin.send({ sessionId, content: 'talk', agent: 'talker' }, { waitSeconds: 30 });
  const stuck = await admin.send({ content: 'hello', agent: 'deaf' });
  // A connection that never joins the namespace.
  await clients.bareEngine();
  const each = Array.from({ length: EACH }, (_, index) => index % 2 === 0);
  for (const reads of each) {
    await clients.eventStream(sessionId, { reads, after: 0 });
    await clients.webSocket(sessionId, { reads, after: 0 });
    await clients.socketIo(sessionId, { reads, after: 0 });
  }
  const halves = await Promise.all(each.map(() => clients.halfMessage()));
  expect((await admin.message(stuck.messageId)).status).toBe('running');

  const sinceAsked = awakeTime();
  const report = await gateway.app.get(Lifecycle).shutdown();
  const tookMs = sinceAsked();
  expect(report.steps.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  expect(report.steps.map(({ phase, step }) => `${phase}: ${step}`)).toEqual(
    expect.arrayContaining(['drain: turns end or go back', 'drain: requests that came in part are refused', 'cleanup: doors close', 'cleanup: HTTP server closes']),
  );
  expect(tookMs).toBeLessThan(DRAIN_MS + 2 * GRACE_MS + LEEWAY_MS);
  for (const answer of await Promise.all(halves.map((half) => half.answer))) {
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(/\r\nconnection: close\r\n/);
    expect(answer).toContain('"code":"shutting_down"');
  }
  clients.close();
  await gateway.stop();
});
