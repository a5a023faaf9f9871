import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenStore, PortedStore } from './ported-store.js';
import { scene } from './scene.js';

/** What every Notes and StoreControl promises. */
export function notesSuite(name: string, open: OpenStore): void {
  describe(`Notes on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    it('keeps a note once for each idempotency key, oldest first', async () => {
      const sessionId = await scene(store).newSession();
      const other = await scene(store).newSession();
      expect(await store.notes.add(sessionId, 'k\0', { text: 'first \ud800', at: 5 })).toBe(true);
      expect(await store.notes.add(sessionId, 'k2', { text: 'second', at: 4 })).toBe(true);
      expect(await store.notes.add(sessionId, 'k\0', { text: 'changed', at: 6 })).toBe(true);
      expect(await store.notes.list(sessionId)).toEqual([{ text: 'first \ud800', at: 5 }, { text: 'second', at: 4 }]);
      expect(await store.notes.list(other)).toEqual([]);
    });

    it('keeps at most 100 notes in a session', async () => {
      const sessionId = await scene(store).newSession();
      const added = await Promise.all(Array.from({ length: 105 }, (_, i) => store.notes.add(sessionId, `k${i}`, { text: `n${i}`, at: i })));
      expect(added.filter((kept) => kept)).toHaveLength(100);
      expect(await store.notes.list(sessionId)).toHaveLength(100);
    });

    it('answers a probe', async () => {
      await expect(store.control.probe()).resolves.toBeUndefined();
    });
  });
}
