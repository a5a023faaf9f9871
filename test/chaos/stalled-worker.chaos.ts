import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { ClaimedTurn } from '#libs/ports';
import { openPostgresStore } from '../../src/persistence/postgres/postgres-store.js';
import type { Store } from '../../src/persistence/store.js';
import { scene, tick, typesOf } from '../conformance/ports/scene.js';
import { freshDatabase, postgresUrl, type FreshDatabase } from '../support/postgres.js';

const server = await postgresUrl();
if (server === null) console.log('Two stores on one PostgreSQL were not tried: no server answers');

let database: FreshDatabase | null = null;
let store: Store | null = null;
let worker: ChildProcess | null = null;

afterEach(async () => {
  worker?.kill('SIGKILL');
  await store?.control.close();
  await database?.drop();
});

async function heard<Message>(from: ChildProcess): Promise<Message> {
  const [message] = (await once(from, 'message')) as [Message];
  return message;
}

it.skipIf(server === null)('a worker that was stopped while another took its turn over wakes and can write nothing', async () => {
  const { url } = (database = await freshDatabase(server ?? ''));
  const here = (store = await openPostgresStore({ url, exclusive: false, onFault: () => undefined }));
  const s = scene(here);
  const sessionId = await s.newSession();
  await s.accept({ sessionId, start: false });
  const there = (worker = fork(join(import.meta.dirname, 'processes/worker.mjs'), { env: { PATH: process.env.PATH, WORKER_DATABASE: url }, execArgv: [] }));
  await heard(there);
  there.send({ claim: sessionId, at: tick() });
  const { turn } = await heard<{ turn: ClaimedTurn }>(there);
  expect(turn.attempt).toBe(1);

  there.kill('SIGSTOP');
  there.send({ lease: turn, end: s.end(turn) });
  expect(await here.inbox.release(turn)).toBe(true);
  const taken = await here.inbox.claim(sessionId, tick());
  if (taken === null) throw new Error('the turn could not be taken over');
  expect(taken.turn.attempt).toBe(2);

  const late = heard<{ finished: unknown }>(there);
  there.kill('SIGCONT');
  expect(await late).toEqual({ finished: 'stale' });
  await here.inbox.finish(taken.turn, s.end(taken.turn), false);
  expect(typesOf(await s.events(sessionId))).toEqual(['message-accepted', 'turn-started', 'turn-started', 'turn-completed']);
});
