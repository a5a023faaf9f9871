import { FailureError } from '#libs/contracts';
import { Clock, type ModelCall } from '#libs/ports';
import { readConfig } from '../../src/config/config.js';
import { Log } from '../../src/observability/log.js';
import { openMemoryStore } from '../../src/persistence/memory/memory-store.js';
import { LimitsInForce } from '../../src/throttling/limits-in-force.js';
import { Prices } from '../../src/throttling/prices.js';
import { TenantLimitsBook } from '../../src/throttling/tenant-limits-book.js';
import { TokenBudgets } from '../../src/throttling/token-budgets.js';
import type { PortedStore } from '../conformance/ports/ported-store.js';

const DAY_MS = 86_400_000;
export const TODAY = 20_000;
export const ADA = { kind: 'user', id: 'ada' } as const;
export const PRINCIPAL = { ...ADA, tenantId: 't', scopes: new Set(['messages'] as const), credentialId: 'c' };
export const TURN = { tenantId: 't', author: ADA, agent: 'a', sessionId: 's', turnId: 'turn', checkpoint: null };

class SettableClock extends Clock {
  day = TODAY;
  override now(): number {
    return this.day * DAY_MS;
  }
}

/** The budgets of a process over a store, by default an empty one in memory. */
export function budgetsOf(settings: Readonly<Record<string, string>>, store: Pick<PortedStore, 'usage' | 'keys' | 'tenants'> = openMemoryStore(() => undefined)) {
  const config = readConfig({ LOG_LEVEL: 'silent', ...settings });
  const clock = new SettableClock();
  const limits = new LimitsInForce();
  const tenants = new TenantLimitsBook(store.tenants);
  const budgets = new TokenBudgets(store.usage, store.keys, tenants, limits, new Prices(config), config, clock, new Log(config));
  return { store, clock, limits, budgets };
}

/** The call; null when the budget refuses it. */
export async function reserved(budgets: TokenBudgets, inputTokens: number, model = 'openai/x', turn: Parameters<TokenBudgets['reserve']>[0] = TURN): Promise<ModelCall | null> {
  try {
    return await budgets.reserve(turn, model, inputTokens);
  } catch (error) {
    if (error instanceof FailureError && error.failure.code === 'budget_exhausted') return null;
    throw error;
  }
}
