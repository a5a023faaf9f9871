import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_TENANT_LIMITS } from '#libs/contracts';
import type { OpenStore, PortedStore } from './ported-store.js';

const limits = { ...NO_TENANT_LIMITS, tokensPerDay: 5 };
const acme = { id: 'acme', name: 'A\0c \ud800', limits, createdAt: 7 };

/** What every Tenants promises. */
export function tenantsSuite(name: string, open: OpenStore): void {
  describe(`Tenants on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    it('have default from the start, and each id once, also when two ask at once', async () => {
      expect(await store.tenants.find('default')).toMatchObject({ id: 'default', limits: { tokensPerDay: null } });
      const made = await Promise.all([store.tenants.create(acme), store.tenants.create(acme)]);
      expect(made.sort()).toEqual([false, true]);
      expect(await store.tenants.create({ ...acme, id: 'default' })).toBe(false);
      expect(await store.tenants.find('acme')).toEqual(acme);
      expect(await store.tenants.find('no\0body')).toBeNull();
    });

    it('change only what is named', async () => {
      expect(await store.tenants.update('acme', { name: 'New' })).toEqual({ ...acme, name: 'New' });
      expect(await store.tenants.update('acme', { limits: { ...limits, tokensPerDay: null } })).toMatchObject({ name: 'New', limits: { tokensPerDay: null } });
      expect(await store.tenants.update('acme', {})).toMatchObject({ name: 'New' });
      expect(await store.tenants.update('nobody', { name: 'x' })).toBeNull();
      await Promise.all([{ tokensPerDay: 3 }, { connections: 4 }].map((limit) => store.tenants.update('acme', { limits: limit })));
      expect(await store.tenants.find('acme')).toMatchObject({ name: 'New', limits: { ...limits, tokensPerDay: 3, connections: 4 } });
    });

    it('come in pages by id, are gone once removed, and their id is never given again', async () => {
      const first = await store.tenants.list({ limit: 1 });
      expect(first).toMatchObject({ items: [{ id: 'acme' }] });
      const cursor = first === 'bad_cursor' ? null : first.nextCursor;
      expect(await store.tenants.list({ limit: 1, cursor })).toMatchObject({ items: [{ id: 'default' }], nextCursor: null });
      expect(await store.tenants.list({ limit: 1, cursor: 'x' })).toBe('bad_cursor');
      expect(await store.tenants.remove('acme')).toBe(true);
      expect(await store.tenants.remove('acme')).toBe(false);
      expect(await store.tenants.find('acme')).toBeNull();
      expect(await store.tenants.update('acme', { name: 'x' })).toBeNull();
      expect(await store.tenants.list({ limit: 2 })).toMatchObject({ items: [{ id: 'default' }], nextCursor: null });
      expect(await store.tenants.create(acme)).toBe(false);
    });
  });
}
