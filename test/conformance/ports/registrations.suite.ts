import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Registration } from '#libs/ports';
import type { OpenStore, PortedStore } from './ported-store.js';
import { scene, tick } from './scene.js';

/** What every Registrations promises, and what the inbox tells of who is next. */
export function registrationsSuite(name: string, open: OpenStore): void {
  describe(`Registrations on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    const one = (tenantId: string, named: string, more: Partial<Registration> = {}): Registration => ({
      kind: 'deployment',
      tenantId,
      id: newId(),
      name: named,
      json: '{}',
      ...more,
    });

    it('keeps a name once in its tenant and kind', async () => {
      const tenantId = newId();
      const first = one(tenantId, 'po\0et \ud800');
      expect(await store.registrations.add(first)).toBe('added');
      expect(await store.registrations.add(one(tenantId, first.name))).toBe('name_taken');
      expect(await store.registrations.add(one(tenantId, first.name, { kind: 'agent' }))).toBe('added');
      expect(await store.registrations.add(one(newId(), first.name))).toBe('added');
      expect((await store.registrations.all('deployment')).filter((kept) => kept.tenantId === tenantId)).toEqual([first]);
    });

    it('takes no more of a kind than a tenant may have, also of many at once', async () => {
      const tenantId = newId();
      const named = Array.from({ length: 8 }, (_, index) => one(tenantId, `agent-${index}`));
      const added = await Promise.all(named.map((each) => store.registrations.add(each, 3)));
      expect(added.filter((what) => what === 'added')).toHaveLength(3);
      expect(added.filter((what) => what === 'full')).toHaveLength(5);
      const kept = (await store.registrations.all('deployment')).filter((each) => each.tenantId === tenantId);
      expect(kept).toHaveLength(3);
      for (const each of kept) expect(await store.registrations.add({ ...each, id: newId() }, 3)).toBe('name_taken');
      expect(await store.registrations.add(one(tenantId, 'other', { kind: 'agent' }), 3)).toBe('added');
      expect(await store.registrations.add(one(newId(), 'other'), 3)).toBe('added');
      expect(await store.registrations.remove('deployment', tenantId, kept[0]?.id ?? '')).toBe(true);
      expect(await store.registrations.add(one(tenantId, 'after'), 3)).toBe('added');
      expect(await store.registrations.add(one(tenantId, 'beyond'), 3)).toBe('full');
      expect(await store.registrations.add(one(tenantId, 'without limit'))).toBe('added');
    });

    it('changes and removes only what is of the tenant', async () => {
      const tenantId = newId();
      const kept = one(tenantId, 'poet');
      await store.registrations.add(kept);
      expect(await store.registrations.change('deployment', newId(), kept.id, '{"a":1}')).toBe(false);
      expect(await store.registrations.change('agent', tenantId, kept.id, '{"a":1}')).toBe(false);
      expect(await store.registrations.change('deployment', tenantId, 'no such id \0', '{"a":1}')).toBe(false);
      expect(await store.registrations.change('deployment', tenantId, kept.id, '{"a":1}')).toBe(true);
      expect(await store.registrations.list('deployment', tenantId, { limit: 5 })).toEqual({ items: [{ ...kept, json: '{"a":1}' }], nextCursor: null });
      expect(await store.registrations.find('deployment', tenantId, kept.id)).toEqual({ ...kept, json: '{"a":1}' });
      expect(await store.registrations.find('agent', tenantId, kept.id)).toBeNull();
      expect(await store.registrations.find('deployment', newId(), kept.id)).toBeNull();
      expect(await store.registrations.find('deployment', tenantId, 'no such id \0')).toBeNull();
      expect(await store.registrations.remove('deployment', newId(), kept.id)).toBe(false);
      expect(await store.registrations.remove('deployment', tenantId, kept.id)).toBe(true);
      expect(await store.registrations.remove('deployment', tenantId, kept.id)).toBe(false);
      expect(await store.registrations.find('deployment', tenantId, kept.id)).toBeNull();
    });

    it('changes what still says what it said, and nothing else, also for two at once', async () => {
      const tenantId = newId();
      const kept = one(tenantId, 'poet');
      await store.registrations.add(kept);
      const both = ['{"a":1}', '{"a":2}'].map((json) => store.registrations.change('deployment', tenantId, kept.id, json, kept.json));
      expect((await Promise.all(both)).sort()).toEqual([false, true]);
      const now = await store.registrations.find('deployment', tenantId, kept.id);
      expect(await store.registrations.change('deployment', tenantId, kept.id, '{"a":3}', kept.json)).toBe(false);
      expect(await store.registrations.find('deployment', tenantId, kept.id)).toEqual(now);
    });

    it('lists in pages, newest first', async () => {
      const tenantId = newId();
      for (const named of ['a', 'b', 'c']) await store.registrations.add(one(tenantId, named));
      const first = await store.registrations.list('deployment', tenantId, { limit: 2 });
      if (first === 'bad_cursor') throw new Error('expected a page');
      const rest = await store.registrations.list('deployment', tenantId, { limit: 2, cursor: first.nextCursor });
      if (rest === 'bad_cursor') throw new Error('expected a page');
      expect([...first.items, ...rest.items].map((kept) => kept.name)).toEqual(['c', 'b', 'a']);
      expect(rest.nextCursor).toBeNull();
      expect(await store.registrations.list('deployment', tenantId, { limit: 2, cursor: 'nonsense' })).toBe('bad_cursor');
    });

    it('a turn is claimed only for the agent that is next', async () => {
      const s = scene(store);
      const { accepted } = await s.accept({ agent: 'poet' });
      expect(await store.inbox.waitingAgent(accepted.sessionId)).toBe('poet');
      expect(await store.inbox.claim(accepted.sessionId, tick(), undefined, 'clerk')).toBeNull();
      expect((await store.inbox.claim(accepted.sessionId, tick(), undefined, 'poet'))?.turn.turnId).toBe(accepted.turnId);
      await s.accept({ sessionId: accepted.sessionId });
      expect(await store.inbox.waitingAgent(accepted.sessionId)).toBeNull();
      expect(await store.inbox.waitingAgent(newId())).toBeNull();
      expect(await store.inbox.waitingAgent('no id')).toBeNull();
    });
  });
}
