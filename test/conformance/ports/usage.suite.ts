import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageRow } from '#libs/ports';
import type { OpenStore, PortedStore } from './ported-store.js';

const ADA = { kind: 'user', id: 'a\0da \ud800' } as const;
const KEY = { kind: 'key', id: 'k' } as const;

function row(more: Partial<UsageRow> = {}): UsageRow {
  return { day: 7, tenantId: 't', by: ADA, agent: 'concierge', model: 'm', calls: 1, inputTokens: 10, outputTokens: 5, costNanoUsd: 3, ...more };
}

/** What every UsageLedger promises. */
export function usageSuite(name: string, open: OpenStore): void {
  describe(`UsageLedger on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
      await store.usage.add([row(), row({ by: KEY }), row({ agent: 'other', day: 8 }), row({ tenantId: 'u' }), row({ by: { kind: 'session', id: 's' } })]);
      await Promise.all(Array.from({ length: 9 }, () => store.usage.add([row(), row({ by: KEY })])));
    });
    afterAll(() => store.control.close());

    it('adds up what comes under one day, tenant, principal, agent and model, also from many at once', async () => {
      expect((await store.usage.spent(7, 't', ADA)).tokens).toBe(150);
      expect((await store.usage.spent(7, 't', KEY)).tokens).toBe(150);
      expect((await store.usage.spent(8, 't', ADA)).tokens).toBe(15);
      expect((await store.usage.spent(7, 'u', ADA)).tokens).toBe(15);
      expect(await store.usage.spent(9, 't', ADA)).toEqual({ tokens: 0, nanoUsd: 0 });
      expect(await store.usage.spent(7, 't', ADA)).toEqual({ tokens: 150, nanoUsd: 30 });
    });

    it('counts a tenant, an agent and a session by themselves, no token twice', async () => {
      expect((await store.usage.spent(7, 't', { kind: 'tenant' })).tokens).toBe(300);
      expect((await store.usage.spent(8, 't', { kind: 'agent-name', id: 'other' })).tokens).toBe(15);
      expect((await store.usage.spent(7, 't', { kind: 'session', id: 's' })).tokens).toBe(15);
    });

    it('sums a period by principal, agent and model, the most tokens first', async () => {
      const query = { tenantId: 't', fromDay: 7, toDay: 8, limit: 10 };
      const sums = await store.usage.sums(query);
      expect(sums).toHaveLength(3);
      expect(sums[2]).toEqual({ tenantId: 't', by: ADA, agent: 'other', model: 'm', calls: 1, inputTokens: 10, outputTokens: 5, costNanoUsd: 3 });
      expect(sums.slice(0, 2).map((sum) => [sum.calls, sum.inputTokens, sum.outputTokens, sum.costNanoUsd])).toEqual([
        [10, 100, 50, 30],
        [10, 100, 50, 30],
      ]);
      expect(await store.usage.sums({ ...query, principal: KEY })).toHaveLength(1);
      expect(await store.usage.sums({ ...query, toDay: 7 })).toHaveLength(2);
      expect(await store.usage.sums({ ...query, limit: 1 })).toHaveLength(1);
    });

    it('sums a whole month and a part of one alike', async () => {
      const january = { tenantId: 't', fromDay: 0, toDay: 30, limit: 10 };
      expect(new Set(await store.usage.sums(january))).toEqual(new Set(await store.usage.sums({ ...january, fromDay: 1 })));
      expect(await store.usage.sums({ ...january, principal: KEY })).toMatchObject([{ by: KEY, calls: 10, inputTokens: 100 }]);
      expect(await store.usage.sums({ ...january, toDay: 7 })).toHaveLength(2);
      expect(await store.usage.sums({ ...january, fromDay: 31, toDay: 58 })).toEqual([]);
      await store.usage.add([row({ tenantId: 'v', day: 30 }), row({ tenantId: 'v', day: 31 })]);
      expect(await store.usage.sums({ ...january, tenantId: 'v' })).toMatchObject([{ calls: 1 }]);
      expect(await store.usage.sums({ ...january, tenantId: 'v', toDay: 31 })).toMatchObject([{ calls: 2 }]);
    });

    it('sums a period by day and model, the oldest day first', async () => {
      const query = { tenantId: 't', fromDay: 7, toDay: 8, limit: 10 };
      expect(await store.usage.days(query)).toEqual([
        { day: 7, model: 'm', calls: 20, inputTokens: 200, outputTokens: 100, costNanoUsd: 60 },
        { day: 8, model: 'm', calls: 1, inputTokens: 10, outputTokens: 5, costNanoUsd: 3 },
      ]);
      expect(await store.usage.days({ ...query, principal: KEY })).toMatchObject([{ day: 7, calls: 10 }]);
      expect(await store.usage.days({ ...query, fromDay: 8 })).toHaveLength(1);
      expect(await store.usage.days({ ...query, limit: 1 })).toHaveLength(1);
    });

    it('forgets a tenant that leaves, and nobody else', async () => {
      const [leaving, other] = [{ tenantId: 'leaving', fromDay: 0, toDay: 30, limit: 10 }, { tenantId: 'other', fromDay: 0, toDay: 30, limit: 10 }];
      await store.usage.add([leaving, other].flatMap(({ tenantId }) => [row({ tenantId }), row({ tenantId, by: { kind: 'session', id: 's' } })]));
      await store.usage.forgetTenant('leaving');
      expect(await store.usage.sums(leaving)).toEqual([]);
      expect(await store.usage.sums({ ...leaving, fromDay: 1 })).toEqual([]);
      expect(await store.usage.days(leaving)).toEqual([]);
      expect(await store.usage.spent(7, 'leaving', { kind: 'session', id: 's' })).toEqual({ tokens: 0, nanoUsd: 0 });
      expect(await store.usage.sums(other)).toHaveLength(1);
      expect(await store.usage.days(other)).toHaveLength(1);
    });
  });
}
