import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTROL_EVENTS_KEPT, type NewControlEvent } from '#libs/ports';
import type { OpenStore, PortedStore } from './ported-store.js';
import { upTo } from './scene.js';

/** What every ControlEvents promises. */
export function controlEventsSuite(name: string, open: OpenStore): void {
  describe(`ControlEvents on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    const event = (tenantId: string, type: string): NewControlEvent => ({ tenantId, at: 1_700_000_000_000, type, detail: '{"a":"\\u0000"}' });

    it('numbers the events of each tenant from 1, also when several are told at once', async () => {
      const [one, other] = [newId(), newId()];
      await Promise.all([
        store.controlEvents.append([event(one, 'a'), event(other, 'x'), event(one, 'b')]),
        store.controlEvents.append([event(one, 'c')]),
      ]);
      const found = await store.controlEvents.after(one, 0, 10);
      expect(found.map(({ seq }) => seq)).toEqual([1, 2, 3]);
      expect(found.map(({ type }) => type).sort()).toEqual(['a', 'b', 'c']);
      expect(found[0]).toEqual({ ...event(one, String(found[0]?.type)), seq: 1 });
      expect(await store.controlEvents.after(one, 2, 10)).toHaveLength(1);
      expect(await store.controlEvents.after(one, 0, 2)).toHaveLength(2);
      expect([await store.controlEvents.last(one), await store.controlEvents.last(other), await store.controlEvents.last(newId())]).toEqual([3, 1, 0]);
    });

    it('forgets those of a tenant that leaves, of no other, and gives no number twice', async () => {
      const [leaving, staying] = [newId(), newId()];
      await store.controlEvents.append([event(leaving, 'a'), event(staying, 'a'), event(leaving, 'b')]);
      await store.controlEvents.forgetTenant(leaving);
      expect(await store.controlEvents.after(leaving, 0, 10)).toEqual([]);
      expect(await store.controlEvents.after(staying, 0, 10)).toHaveLength(1);
      await store.controlEvents.append([event(leaving, 'c')]);
      expect(await store.controlEvents.after(leaving, 0, 10)).toEqual([{ ...event(leaving, 'c'), seq: 3 }]);
    });

    it('lists them newest first, each once', async () => {
      const tenantId = newId();
      await store.controlEvents.append(upTo(5).map((number) => event(tenantId, `e${number}`)));
      const types: string[] = [];
      for (let cursor: string | null = null; ; ) {
        const page = await store.controlEvents.list(tenantId, { limit: 2, cursor });
        if (page === 'bad_cursor') throw new Error('expected a good cursor');
        types.push(...page.items.map(({ type }) => type));
        cursor = page.nextCursor;
        if (cursor === null) break;
      }
      expect(types).toEqual(['e5', 'e4', 'e3', 'e2', 'e1']);
      expect(await store.controlEvents.list(tenantId, { limit: 2, cursor: 'nonsense' })).toBe('bad_cursor');
    });

    it('keeps the last 10,000 and gives no number twice', async () => {
      const tenantId = newId();
      const batch = upTo(1000).map(() => event(tenantId, 'e'));
      for (let round = 0; round < CONTROL_EVENTS_KEPT / 1000; round += 1) await store.controlEvents.append(batch);
      await store.controlEvents.append([event(tenantId, 'last'), event(tenantId, 'last')]);
      expect((await store.controlEvents.after(tenantId, 0, 1))[0]?.seq).toBe(3);
      expect(await store.controlEvents.last(tenantId)).toBe(CONTROL_EVENTS_KEPT + 2);
    }, 300_000);
  });
}
