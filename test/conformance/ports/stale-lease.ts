import { v7 as newId } from 'uuid';
import { expect } from 'vitest';
import type { PortedStore } from './ported-store.js';
import { fact, scene, tick } from './scene.js';

/** What a worker that lost its turn tries to write is refused, and nothing of it is kept. */
export async function staleLeaseWritesNothing(store: PortedStore): Promise<void> {
  const s = scene(store);
  const turn = await s.start();
  expect(await store.inbox.release(turn)).toBe(true);
  const again = await store.inbox.claim(turn.sessionId, tick());
  expect(again?.turn.attempt).toBe(2);
  const before = await s.events(turn.sessionId);
  const called = { committed: 0 };
  const count = () => {
    called.committed += 1;
  };
  expect(await store.inbox.append(turn, [fact(turn, 'tool-called')], { text: 'late', settled: 0 }, count)).toBe('stale');
  expect(await store.inbox.append(turn, [fact(turn, 'tool-called')], undefined, count)).toBe('stale');
  expect(await store.inbox.checkpoint(turn, { text: 'late', settled: 0 })).toBe(false);
  expect(await store.inbox.release(turn)).toBe(false);
  expect(await store.inbox.finish(turn, s.end(turn), true, count)).toBe('stale');
  expect(called.committed).toBe(0);
  expect(await s.events(turn.sessionId)).toEqual(before);
  const elsewhere = { turnId: turn.turnId, sessionId: await s.newSession(), attempt: 2 };
  expect(await store.inbox.append(elsewhere, [fact(turn, 'tool-called')])).toBe('stale');
  if (again === null) throw new Error('expected a second attempt');
  expect(await store.inbox.append(again.turn, [fact(turn, 'tool-called')])).toHaveLength(1);
  expect(await store.inbox.append({ ...again.turn, turnId: newId() }, [])).toBe('stale');
}
