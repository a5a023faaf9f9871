import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_PRINCIPAL_LIMITS, NO_TENANT_LIMITS } from '#libs/contracts';
import { ADA, budgetsOf, PRINCIPAL, reserved, TODAY, TURN } from './budgets-under-test.js';
import { play, stepsOf } from './random-calls.js';

const NANO = 1e9;
/** 2.50 $ and 10 $ for a million tokens: 2,500 and 10,000 billionths for one. */
const MODEL = 'openai/gpt-4o';
const ROOMY = { TOKENS_PER_DAY: '1000000000' };

const STEPS = stepsOf([MODEL, 'openai/gpt-5-nano', 'own/m']);

describe('budgets in money', () => {
  it('are never overspent by more than was reserved, for principal, agent, session and tenant at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ own: fc.integer({ min: 1, max: 900_000 }), tenant: fc.integer({ min: 1, max: 900_000 }), session: fc.integer({ min: 1, max: 900_000 }) }),
        STEPS,
        async (micros, steps) => {
          const { budgets, store } = budgetsOf({ ...ROOMY, USD_PER_DAY: (micros.own / 1e6).toFixed(6), MODEL_PRICES: 'own/m=0.123456:7.5' });
          const limits = { ...NO_TENANT_LIMITS, usdPerDay: micros.tenant / 1e6, agentUsdPerDay: 0.5, sessionUsdPerDay: micros.session / 1e6 };
          await store.tenants.create({ id: 't', name: 't', limits, createdAt: 0 });
          const least = Math.min(micros.own, micros.tenant, 500_000, micros.session) * 1000;
          await play(budgets, steps, async () => {
            const { spent, reserved: held } = await budgets.standing(PRINCIPAL);
            expect(spent.nanoUsd + held.nanoUsd).toBeLessThanOrEqual(least);
          });
          const standing = await budgets.standing(PRINCIPAL);
          expect(standing.reserved).toEqual({ tokens: 0, nanoUsd: 0 });
          for (const scope of [ADA, { kind: 'tenant' }, { kind: 'agent-name', id: 'a' }, { kind: 'session', id: 's' }] as const) {
            expect(await store.usage.spent(TODAY, 't', scope)).toEqual(standing.spent);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('let no more through than they hold, of a thousand calls at once, and cap what the last may answer', async () => {
    const { budgets, store } = budgetsOf({ ...ROOMY, USD_PER_DAY: '1' });
    const calls = await Promise.all(Array.from({ length: 1000 }, () => reserved(budgets, 1000, MODEL)));
    // 1,000 tokens in and 8,192 out hold 0.08442 $: eleven of them, and one that gets what is left of the dollar.
    const through = calls.filter((call) => call !== null);
    expect(through.map((call) => call.maxOutputTokens)).toEqual([...Array<null>(11).fill(null), Math.floor((NANO - 11 * 84_420_000 - 2_500_000) / 10_000)]);
    for (const call of through) call.settle({ inputTokens: 1000, outputTokens: 10 });
    await budgets.flush();
    expect((await store.usage.spent(TODAY, 't', ADA)).nanoUsd).toBe(12 * 2_600_000);
  });

  it('refuse the next message once the money of the day is spent, and let it in on the next day', async () => {
    const { budgets, clock } = budgetsOf({ ...ROOMY, USD_PER_DAY: '0.01' });
    expect(await budgets.admit(PRINCIPAL)).toBeNull();
    (await reserved(budgets, 500, MODEL))?.settle({ inputTokens: 500, outputTokens: 1000 });
    expect(await budgets.admit(PRINCIPAL)).toMatchObject({ code: 'budget_exhausted' });
    expect(await reserved(budgets, 1, MODEL)).toBeNull();
    clock.day += 1;
    expect(await budgets.admit(PRINCIPAL)).toBeNull();
    expect(await reserved(budgets, 1, MODEL)).not.toBeNull();
  });

  it('refuse a model whose price nobody knows, unless it costs nothing or the operator names its price', async () => {
    const { budgets } = budgetsOf({ ...ROOMY, USD_PER_DAY: '1' });
    expect(await reserved(budgets, 10, 'openai/gpt-4o-secret')).toBeNull();
    expect(await reserved(budgets, 10, 'local/concierge')).not.toBeNull();
    expect(await reserved(budgetsOf(ROOMY).budgets, 10, 'openai/gpt-4o-secret')).not.toBeNull();
    const priced = budgetsOf({ ...ROOMY, USD_PER_DAY: '1', MODEL_PRICES: 'openai/gpt-4o-secret=5:25, openai-compatible/llama3:8b=0:0' });
    const call = await reserved(priced.budgets, 10, 'openai/gpt-4o-secret');
    expect(call?.settle({ inputTokens: 1_000_000, outputTokens: 0 })).toBe(5);
    expect((await reserved(priced.budgets, 10, 'openai-compatible/llama3:8b'))?.maxOutputTokens).toBeNull();
    expect(await reserved(priced.budgets, 10, 'openai-compatible/llama3:70b')).toBeNull();
  });

  it('follow a limit of a key that an admin changes while the key is in use', async () => {
    const { budgets, limits } = budgetsOf(ROOMY);
    const principal = { ...PRINCIPAL, kind: 'key' as const, id: 'k', limits: NO_PRINCIPAL_LIMITS };
    const turn = { ...TURN, author: { kind: 'key' as const, id: 'k' } };
    expect(await budgets.admit(principal)).toBeNull();
    (await reserved(budgets, 0, MODEL, turn))?.settle({ inputTokens: 4000, outputTokens: 0 });
    limits.changed('k', { ...NO_PRINCIPAL_LIMITS, usdPerDay: 0.01 });
    expect(await budgets.admit(principal)).toMatchObject({ code: 'budget_exhausted' });
    limits.changed('k', { ...NO_PRINCIPAL_LIMITS, usdPerDay: 0.02 });
    expect(await budgets.admit(principal)).toBeNull();
    expect((await reserved(budgets, 0, MODEL, turn))?.maxOutputTokens).toBe(1000);
  });

  it('count a call that was lost with its process: its prompt, and what was kept of the answer', async () => {
    const { budgets, store } = budgetsOf(ROOMY);
    await budgets.countLost({ ...TURN, checkpoint: { text: 'x'.repeat(4400), settled: 400 } }, MODEL, 300);
    const lost = { tokens: 300 + 1000 + 1024, nanoUsd: 300 * 2500 + 2024 * 10_000 };
    expect(await store.usage.spent(TODAY, 't', ADA)).toEqual(lost);
    expect((await budgets.standing(PRINCIPAL)).spent).toEqual(lost);
  });
});
