import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailureError } from '#libs/contracts';
import { Clock, type ModelCall } from '#libs/ports';
import { readConfig } from '../../src/config/config.js';
import { Log } from '../../src/observability/log.js';
import { openMemoryStore } from '../../src/persistence/memory/memory-store.js';
import { TenantBudgets } from '../../src/throttling/tenant-budgets.js';
import { TokenBudgets } from '../../src/throttling/token-budgets.js';

const DAY_MS = 86_400_000;
const TODAY = 20_000;
const ADA = { kind: 'user', id: 'ada' } as const;
const TURN = { tenantId: 't', author: ADA, agent: 'a', sessionId: 's' };
const PRINCIPAL = { ...ADA, tenantId: 't', scopes: new Set(['messages'] as const), credentialId: 'c' };

class SettableClock extends Clock {
  day = TODAY;
  override now(): number {
    return this.day * DAY_MS;
  }
}

function budgetsOf(tokensPerDay: number, store = openMemoryStore(() => undefined)) {
  const config = readConfig({ LOG_LEVEL: 'silent', TOKENS_PER_DAY: String(tokensPerDay) });
  const clock = new SettableClock();
  return { store, clock, budgets: new TokenBudgets(store.usage, store.keys, new TenantBudgets(store.tenants), config, clock, new Log(config)) };
}

async function reserved(budgets: TokenBudgets, inputTokens: number, model = 'openai/x'): Promise<ModelCall | null> {
  try {
    return await budgets.reserve(TURN, model, inputTokens);
  } catch (error) {
    if (error instanceof FailureError && error.failure.code === 'budget_exhausted') return null;
    throw error;
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('reserve' as const), input: fc.integer({ min: 0, max: 20_000 }), local: fc.boolean() }),
  fc.record({ kind: fc.constant('grow' as const), which: fc.nat(), output: fc.integer({ min: 0, max: 40_000 }) }),
  fc.record({ kind: fc.constant('settle' as const), which: fc.nat(), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant('release' as const), which: fc.nat() }),
);

describe('token budgets', () => {
  it('are never overspent, whatever order calls are reserved, grow, are settled and are released in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60_000 }), fc.array(step, { maxLength: 60 }), async (limit, steps) => {
        const { budgets, store } = budgetsOf(limit);
        const open: { call: ModelCall; input: number; output: number }[] = [];
        for (const one of steps) {
          if (one.kind === 'reserve') {
            const call = await reserved(budgets, one.input, one.local ? 'local/x' : 'openai/x');
            if (call !== null) open.push({ call, input: one.input, output: 0 });
          } else {
            const at = open.length === 0 ? -1 : one.which % open.length;
            const held = open[at];
            if (held === undefined) continue;
            if (one.kind === 'grow') {
              if (held.call.grew(one.output)) held.output = Math.max(held.output, one.output);
            } else {
              open.splice(at, 1);
              if (one.kind === 'release') held.call.release();
              else held.call.settle({ inputTokens: held.input, outputTokens: Math.floor(held.output * one.share) });
            }
          }
          const standing = await budgets.standing(PRINCIPAL);
          expect(standing.usedToday + standing.reserved).toBeLessThanOrEqual(limit);
        }
        for (const { call } of open) call.release();
        await budgets.flush();
        const standing = await budgets.standing(PRINCIPAL);
        expect(standing.reserved).toBe(0);
        expect(await store.usage.spent(TODAY, 't', ADA)).toBe(standing.usedToday);
      }),
      { numRuns: 300 },
    );
  });

  it('let no more through than they hold, of a thousand calls at once', async () => {
    const { budgets, store } = budgetsOf(50_000);
    const calls = await Promise.all(Array.from({ length: 1000 }, () => reserved(budgets, 1000)));
    const through = calls.filter((call) => call !== null);
    expect(through).toHaveLength(6);
    for (const call of through) call.settle({ inputTokens: 1000, outputTokens: 10 });
    await budgets.flush();
    expect(await store.usage.spent(TODAY, 't', ADA)).toBe(6 * 1010);
  });

  it('cap the answer when less is left than an answer usually takes', async () => {
    const { budgets } = budgetsOf(1_000);
    expect((await reserved(budgets, 400))?.maxOutputTokens).toBe(600);
    expect((await reserved(budgetsOf(1_000_000).budgets, 400))?.maxOutputTokens).toBeNull();
  });

  it('refuse the next message once the day is used up, and let it in on the next day', async () => {
    const { budgets, clock } = budgetsOf(100);
    expect(await budgets.admit(PRINCIPAL)).toBeNull();
    (await reserved(budgets, 50))?.settle({ inputTokens: 50, outputTokens: 60 });
    expect(await budgets.admit(PRINCIPAL)).toMatchObject({ code: 'budget_exhausted' });
    expect(await reserved(budgets, 1)).toBeNull();
    clock.day += 1;
    expect(await budgets.admit(PRINCIPAL)).toBeNull();
    expect(await reserved(budgets, 1)).not.toBeNull();
  });

  it('remember over a restart what was used, and free what was only reserved', async () => {
    const first = budgetsOf(20_000);
    (await reserved(first.budgets, 1000))?.settle({ inputTokens: 1000, outputTokens: 500 });
    expect(await reserved(first.budgets, 2000)).not.toBeNull();
    await first.budgets.flush();
    const { budgets } = budgetsOf(20_000, first.store);
    expect(await budgets.standing(PRINCIPAL)).toEqual({ tokensPerDay: 20_000, usedToday: 1500, reserved: 0 });
  });

  it('follow the limit of a key, also for turns that waited through a restart', async () => {
    const { budgets, store } = budgetsOf(1_000_000);
    const id = '01900000-0000-7000-8000-000000000001';
    const limits = { messagesPerMinute: null, messagesPerHour: null, tokensPerDay: 30 };
    await store.keys.create({ id, tenantId: 't', name: 'k', scopes: ['messages'], limits, createdAt: 0, expiresAt: null, lastUsedAt: null, secrets: [] });
    const turn = { ...TURN, author: { kind: 'key' as const, id } };
    await expect((async () => budgets.reserve(turn, 'openai/x', 30))()).rejects.toMatchObject({ failure: { code: 'budget_exhausted' } });
    expect((await budgets.reserve(turn, 'openai/x', 20)).maxOutputTokens).toBe(10);
  });

  it('tell the cost of a model whose price is known, of any edition, and none of others', async () => {
    const { budgets } = budgetsOf(1_000_000);
    const cost = async (model: string) => (await reserved(budgets, 1, model))?.settle({ inputTokens: 1000, outputTokens: 100 });
    expect(await cost('openai/gpt-4o')).toBeCloseTo(0.0035, 10);
    expect(await cost('openai/gpt-4o-2024-11-20')).toBeCloseTo(0.0035, 10);
    expect(await cost('openai/gpt-4o-secret')).toBeUndefined();
    expect(await cost('local/concierge')).toBeUndefined();
  });
});
