import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { ProblemError } from '#libs/client';
import type { Failpoint } from '../../src/config/failpoint.js';
import { Trial } from './harness/trial.js';
import { brokenPromises } from './verdict.js';

const DIES_WITHIN_MS = 60_000;
const COMES_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 20;
const ATTEMPTS = 3;

let trial: Trial | null = null;

afterEach(async () => {
  await trial?.end();
  trial = null;
});

async function keepsItsPromises(running: Trial): Promise<void> {
  expect(await running.quiet()).toEqual([]);
  expect(brokenPromises(await running.judge())).toEqual([]);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + COMES_WITHIN_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not in ${COMES_WITHIN_MS} ms: ${what}`);
    await delay(LOOK_EVERY_MS);
  }
}

const runs = (running: Trial, messageId: string) => until('it runs', async () => (await running.admin().message(messageId)).status === 'running');

async function isGone(running: Trial, sessionId: string): Promise<boolean> {
  try {
    await running.admin().session(sessionId);
    return false;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not_found') return true;
    throw error;
  }
}

describe('a gateway that is killed', () => {
  it.each<Failpoint>(['cancel.before-commit', 'cancel.after-commit'])('while a turn is cancelled (%s): it has one end, and everybody hears it', async (step) => {
    const running = (trial = await Trial.begin({ clients: 2, kinds: ['long'], settings: { MAX_CONCURRENT_TURNS: '1' }, failpoint: { step, passing: 1 } }));
    await running.sendEach(3);
    const cancelled = Promise.all(running.clients.map((client) => client.cancelLast()));
    expect(await running.diedWithin(DIES_WITHIN_MS)).toBe('SIGKILL');
    await running.start();
    await cancelled;
    await keepsItsPromises(running);
  });

  it.each<Failpoint>(['erase.before-commit', 'erase.after-commit'])('while a session is erased (%s): it is gone, and no other is touched', async (step) => {
    const running = (trial = await Trial.begin({ clients: 1, failpoint: { step, passing: 1 } }));
    const { messageId, sessionId } = await running.admin().send({ content: 'long erased', agent: 'chaos' });
    await running.admin().send({ content: 'plain erased', agent: 'chaos', sessionId });
    await running.sendEach(2);
    await runs(running, messageId);
    const asked = running.admin().deleteSession(sessionId).catch((error: unknown) => error);
    expect(await running.diedWithin(DIES_WITHIN_MS)).toBe('SIGKILL');
    await asked;
    await running.start();
    await until('the session is gone', () => isGone(running, sessionId));
    await expect(running.admin().message(messageId)).rejects.toThrow(ProblemError);
    await keepsItsPromises(running);
  });

  it.each<Failpoint>(['drain.begin', 'release.before-commit', 'release.after-commit'])('while it shuts down (%s): what ran runs again', async (step) => {
    const settings = { SHUTDOWN_DRAIN_MS: '200' };
    const running = (trial = await Trial.begin({ clients: 2, kinds: ['long'], settings, failpoint: { step, passing: 1 } }));
    const { messageId } = await running.admin().send({ content: 'long cut', agent: 'chaos' });
    await running.sendEach(2);
    await runs(running, messageId);
    running.gateway?.signal('SIGTERM');
    expect(await running.diedWithin(DIES_WITHIN_MS)).toBe('SIGKILL');
    await running.start();
    await until('its end', async () => (await running.admin().message(messageId)).status === 'completed');
    await keepsItsPromises(running);
  });

  it('while it takes up what an earlier crash left (recovery.between)', async () => {
    const running = (trial = await Trial.begin({ clients: 3, kinds: ['long', 'keyed', 'bare'] }));
    await running.sendEach(2);
    await running.kill();
    expect(await running.start({ step: 'recovery.between', passing: 2 })).toBe(false);
    await running.start();
    await keepsItsPromises(running);
  });

  it('three times over one turn, and once more before its end is stored (recovery.before-end): it fails, once', async () => {
    const running = (trial = await Trial.begin({ clients: 0 }));
    const { messageId, turnId, sessionId } = await running.admin().send({ content: 'long fails', agent: 'chaos' });
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if (attempt > 1) await running.start();
      await runs(running, messageId);
      await running.kill();
    }
    expect(await running.start({ step: 'recovery.before-end', passing: 1 })).toBe(false);
    await running.start();
    expect(await running.admin().message(messageId)).toMatchObject({ status: 'failed' });
    const ends = (await running.eventsOf(sessionId)).filter((event) => 'turnId' in event && event.turnId === turnId && event.type === 'turn-failed');
    expect(ends).toMatchObject([{ error: { code: 'execution_failed' } }]);
  });
});
