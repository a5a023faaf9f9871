import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPostgresStore } from '../../src/persistence/postgres/postgres-store.js';
import { freshDatabase, postgresUrl } from '../support/postgres.js';
import { ADA, budgetsOf, PRINCIPAL, reserved, TODAY, TURN } from './budgets-under-test.js';

const server = await postgresUrl();
const LIMIT = 60_000;

const CALLS = fc.array(fc.record({ store: fc.nat({ max: 1 }), input: fc.integer({ min: 0, max: 9_000 }), output: fc.integer({ min: 0, max: 8_192 }) }), { minLength: 1, maxLength: 40 });

describe.runIf(server !== null)('two stores open on one PostgreSQL', () => {
  it('lose nothing of what both write at once, and who asks then is not let beyond the limit', async () => {
    const database = await freshDatabase(server ?? '');
    const open = () => openPostgresStore({ url: database.url, exclusive: false, onFault: () => undefined });
    const stores = [await open(), await open()] as const;
    try {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(CALLS, async (calls) => {
          const turn = { ...TURN, tenantId: `t${(run += 1)}` };
          const principal = { ...PRINCIPAL, tenantId: turn.tenantId };
          const both = stores.map((store) => budgetsOf({ TOKENS_PER_DAY: String(LIMIT) }, store).budgets);
          const spent = [0, 0];
          await Promise.all(
            calls.map(async ({ store, input, output }) => {
              const budgets = both[store];
              const held = budgets === undefined ? null : await reserved(budgets, input, 'openai/x', turn);
              if (held === null) return;
              const answered = Math.min(output, held.maxOutputTokens ?? output);
              held.settle({ inputTokens: input, outputTokens: answered });
              spent[store] = (spent[store] ?? 0) + input + answered;
            }),
          );
          await Promise.all(both.map((budgets) => budgets.flush()));
          for (const one of spent) expect(one).toBeLessThanOrEqual(LIMIT);
          const total = spent.reduce((sum, one) => sum + one, 0);
          expect(await stores[0].usage.spent(TODAY, turn.tenantId, ADA)).toEqual({ tokens: total, nanoUsd: expect.any(Number) });
          for (const store of stores) {
            const { budgets } = budgetsOf({ TOKENS_PER_DAY: String(LIMIT) }, store);
            const next = await reserved(budgets, 1, 'openai/x', turn);
            const left = LIMIT - total - 1;
            if (left < 1) expect(next).toBeNull();
            else expect(next?.maxOutputTokens ?? Infinity).toBe(left < 8_192 ? left : Infinity);
            next?.release();
            expect((await budgets.standing(principal)).reserved.tokens).toBe(0);
          }
        }),
        { numRuns: 25 },
      );
    } finally {
      for (const { control } of stores) await control.close();
      await database.drop();
    }
  });
});
