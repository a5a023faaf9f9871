import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditAppendix, AuditHead, AuditRow } from '#libs/ports';
import type { OpenStore, PortedStore } from './ported-store.js';

type More = Partial<Omit<AuditRow, 'seq'>>;

function following(head: AuditHead | null, ...more: readonly More[]): AuditAppendix {
  const first = (head?.seq ?? 0) + 1;
  const rows = more.map((one, index) => {
    const seq = first + index;
    return { seq, tenantId: 't', at: seq * 1000, actorId: 'ada', action: 'key.create', json: `{"seq":${seq}}`, hash: `h${seq}`, ...one };
  });
  const last = rows.at(-1);
  return { rows, head: { seq: last?.seq ?? 0, hash: last?.hash ?? '', mac: `mac of ${last?.seq}` } };
}

/** What every AuditLog promises. */
export function auditSuite(name: string, open: OpenStore): void {
  describe(`AuditLog on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    it('keeps rows and head together, and gives both back as they were', async () => {
      expect(await store.auditLog.head()).toBeNull();
      const odd = { actorId: 'a\0\ud800"', json: '{"seq":2,"text":"\\u0000"}' };
      const head = await store.auditLog.append((found) => following(found, {}, odd));
      expect(await store.auditLog.head()).toEqual(head);
      const rows = await store.auditLog.rows(0, 10);
      expect(rows).toEqual(following(null, {}, odd).rows);
      expect(await store.auditLog.rows(1, 10)).toEqual(rows.slice(1));
      expect(await store.auditLog.rows(0, 1)).toEqual(rows.slice(0, 1));
    });

    it('links each append to the one before, also when many come at once', async () => {
      const before = (await store.auditLog.head())?.seq ?? 0;
      await Promise.all(Array.from({ length: 20 }, () => store.auditLog.append((found) => following(found, {}))));
      const rows = await store.auditLog.rows(before, 100);
      expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 20 }, (_, index) => before + 1 + index));
      expect((await store.auditLog.head())?.seq).toBe(before + 20);
    });

    it('keeps nothing of an append whose link throws', async () => {
      const head = await store.auditLog.head();
      const broken = store.auditLog.append(() => {
        throw new Error('no link');
      });
      await expect(broken).rejects.toThrow('no link');
      expect(await store.auditLog.head()).toEqual(head);
      expect(await store.auditLog.rows(head?.seq ?? 0, 1)).toEqual([]);
    });

    it('lists the rows of one tenant, newest first, by actor, action and time, each once over the pages', async () => {
      const tenantId = 'other tenant';
      const wanted = [{ actorId: 'eve' }, { action: 'key.revoke' }, { at: 5 }, { actorId: null }];
      await store.auditLog.append((found) => following(found, ...wanted.map((one) => ({ tenantId, at: 1_000_000, ...one }))));
      const list = async (filter: Parameters<typeof store.auditLog.list>[1], limit = 10) => {
        const page = await store.auditLog.list(tenantId, filter, { limit });
        if (page === 'bad_cursor') throw new Error('expected a page');
        return page;
      };
      const all = await list({});
      expect(all.items.map((row) => row.actorId)).toEqual([null, 'ada', 'ada', 'eve']);
      expect((await list({ actorId: 'eve' })).items).toEqual([all.items[3]]);
      expect((await list({ action: 'key.revoke' })).items).toEqual([all.items[2]]);
      expect((await list({ from: 5, to: 6 })).items).toEqual([all.items[1]]);
      expect((await list({ from: 6 })).items).toHaveLength(3);
      const first = await list({}, 3);
      const second = await store.auditLog.list(tenantId, {}, { limit: 3, cursor: first.nextCursor });
      expect(second).toEqual({ items: all.items.slice(3), nextCursor: null });
      expect(await store.auditLog.list(tenantId, {}, { limit: 3, cursor: 'nonsense' })).toBe('bad_cursor');
      expect(await store.auditLog.list('nobody', {}, { limit: 3 })).toEqual({ items: [], nextCursor: null });
    });
  });
}
