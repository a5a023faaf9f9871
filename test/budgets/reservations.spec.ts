import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_PRINCIPAL_LIMITS } from '#libs/contracts';
import { ADA, budgetsOf, PRINCIPAL, reserved, TODAY, TURN } from './budgets-under-test.js';
import { play, stepsOf } from './random-calls.js';

const STEPS = stepsOf(['local/x', 'openai/x']);

describe('token budgets', () => {
  it('are never overspent, whatever order calls are reserved, grow, are settled and are released in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60_000 }), STEPS, async (limit, steps) => {
        const { budgets, store } = budgetsOf({ TOKENS_PER_DAY: String(limit) });
        await play(budgets, steps, async () => {
          const { spent, reserved: held } = await budgets.standing(PRINCIPAL);
          expect(spent.tokens + held.tokens).toBeLessThanOrEqual(limit);
        });
        const standing = await budgets.standing(PRINCIPAL);
        expect(standing.reserved).toEqual({ tokens: 0, nanoUsd: 0 });
        expect(await store.usage.spent(TODAY, 't', ADA)).toEqual(standing.spent);
      }),
      { numRuns: 300 },
    );
  });

  it('let no more through than they hold, of a thousand calls at once', async () => {
    const { budgets, store } = budgetsOf({ TOKENS_PER_DAY: '50000' });
    const calls = await Promise.all(Array.from({ length: 1000 }, () => reserved(budgets, 1000)));
    const through = calls.filter((call) => call !== null);
    expect(through).toHaveLength(6);
    for (const call of through) call.settle({ inputTokens: 1000, outputTokens: 10 });
    await budgets.flush();
    expect((await store.usage.spent(TODAY, 't', ADA)).tokens).toBe(6 * 1010);
  });

  it('cap the answer when less is left than an answer usually takes', async () => {
    const { budgets } = budgetsOf({ TOKENS_PER_DAY: '1000' });
    expect((await reserved(budgets, 400))?.maxOutputTokens).toBe(600);
    expect((await reserved(budgetsOf({ TOKENS_PER_DAY: '1000000' }).budgets, 400))?.maxOutputTokens).toBeNull();
  });

  it('refuse the next message once the day is used up, and let it in on the next day', async () => {
    const { budgets, clock } = budgetsOf({ TOKENS_PER_DAY: '100' });
    expect(await budgets.admit(PRINCIPAL)).toBeNull();
    (await reserved(budgets, 50))?.settle({ inputTokens: 50, outputTokens: 60 });
    expect(await budgets.admit(PRINCIPAL)).toMatchObject({ code: 'budget_exhausted' });
    expect(await reserved(budgets, 1)).toBeNull();
    clock.day += 1;
    expect(await budgets.admit(PRINCIPAL)).toBeNull();
    expect(await reserved(budgets, 1)).not.toBeNull();
  });

  it('remember over a restart what was used, and free what was only reserved', async () => {
    const first = budgetsOf({ TOKENS_PER_DAY: '20000' });
    (await reserved(first.budgets, 1000))?.settle({ inputTokens: 1000, outputTokens: 500 });
    expect(await reserved(first.budgets, 2000)).not.toBeNull();
    await first.budgets.flush();
    const { budgets } = budgetsOf({ TOKENS_PER_DAY: '20000' }, first.store);
    expect(await budgets.standing(PRINCIPAL)).toMatchObject({ limit: { tokens: 20_000 }, spent: { tokens: 1500 }, reserved: { tokens: 0 } });
  });

  it('follow the limit of a key, also for turns that waited through a restart', async () => {
    const { budgets, store } = budgetsOf({ TOKENS_PER_DAY: '1000000' });
    const id = '01900000-0000-7000-8000-000000000001';
    const limits = { ...NO_PRINCIPAL_LIMITS, tokensPerDay: 30 };
    await store.keys.create({ id, tenantId: 't', name: 'k', scopes: ['messages'], limits, createdAt: 0, expiresAt: null, lastUsedAt: null, secrets: [] });
    const turn = { ...TURN, author: { kind: 'key' as const, id } };
    await expect((async () => budgets.reserve(turn, 'openai/x', 30))()).rejects.toMatchObject({ failure: { code: 'budget_exhausted' } });
    expect((await budgets.reserve(turn, 'openai/x', 20)).maxOutputTokens).toBe(10);
  });

  it('tell the cost of a model whose price is known, of any edition, and none of others', async () => {
    const { budgets } = budgetsOf({ TOKENS_PER_DAY: '1000000' });
    const cost = async (model: string) => (await reserved(budgets, 1, model))?.settle({ inputTokens: 1000, outputTokens: 100 });
    expect(await cost('openai/gpt-4o')).toBeCloseTo(0.0035, 10);
    expect(await cost('openai/gpt-4o-2024-11-20')).toBeCloseTo(0.0035, 10);
    expect(await cost('openai/gpt-4o-secret')).toBeUndefined();
    expect(await cost('local/concierge')).toBeUndefined();
  });
});
