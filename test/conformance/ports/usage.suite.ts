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
      expect(await store.usage.spent(7, 't', ADA)).toBe(150);
      expect(await store.usage.spent(7, 't', KEY)).toBe(150);
      expect(await store.usage.spent(8, 't', ADA)).toBe(15);
      expect(await store.usage.spent(7, 'u', ADA)).toBe(15);
      expect(await store.usage.spent(9, 't', ADA)).toBe(0);
    });

    it('counts a tenant, an agent and a session by themselves, no token twice', async () => {
      expect(await store.usage.spent(7, 't', { kind: 'tenant' })).toBe(300);
      expect(await store.usage.spent(8, 't', { kind: 'agent-name', id: 'other' })).toBe(15);
      expect(await store.usage.spent(7, 't', { kind: 'session', id: 's' })).toBe(15);
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
  });
}
