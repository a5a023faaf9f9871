import { Injectable } from '@nestjs/common';
import type { Principal, UsageQueryOptions, UsageReport } from '#libs/contracts';
import { may, PERMISSIONS } from '#libs/policy';
import { Clock, UsageLedger, type UsageSum } from '#libs/ports';
import { costNanoUsd, PRICES_VERSION } from './prices.js';
import { TokenBudgets } from './token-budgets.js';

const DAY_MS = 86_400_000;
const MAX_ITEMS = 1_000;
const NANO = 1e9;
const NO_TOKENS = { inputTokens: 0, outputTokens: 0 };

/** What models were used for, as its users and operators see it. */
@Injectable()
export class UsageReports {
  constructor(
    private readonly ledger: UsageLedger,
    private readonly budgets: TokenBudgets,
    private readonly clock: Clock,
  ) {}

  /** Since the UTC day or month began: of the caller, or of the tenant where the caller may read the control plane. */
  async report(caller: Principal, { period }: UsageQueryOptions): Promise<UsageReport> {
    await this.budgets.flush();
    const now = this.clock.now();
    const from = period === 'day' ? now - (now % DAY_MS) : beginOfMonth(now);
    const scope = may(caller, PERMISSIONS.readControlPlane) ? 'tenant' : 'own';
    const { tenantId, kind, id } = caller;
    const sums = await this.ledger.sums({
      tenantId,
      ...(scope === 'own' ? { principal: { kind, id } } : {}),
      fromDay: Math.floor(from / DAY_MS),
      toDay: Math.floor(now / DAY_MS),
      limit: MAX_ITEMS + 1,
    });
    const items = sums.slice(0, MAX_ITEMS);
    return {
      period,
      from: new Date(from).toISOString(),
      to: new Date(now).toISOString(),
      scope,
      budget: await this.budgets.standing(caller),
      prices: PRICES_VERSION,
      totals: amounts(items),
      items: items.map((sum) => ({ principal: sum.by, agent: sum.agent, model: sum.model, ...amounts([sum]) })),
      complete: sums.length <= MAX_ITEMS,
    };
  }
}

function beginOfMonth(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

function amounts(sums: readonly UsageSum[]) {
  const total = { calls: 0, inputTokens: 0, outputTokens: 0 };
  let cost: number | null = null;
  for (const { calls, inputTokens, outputTokens, costNanoUsd: nano, model } of sums) {
    total.calls += calls;
    total.inputTokens += inputTokens;
    total.outputTokens += outputTokens;
    if (costNanoUsd(model, NO_TOKENS) !== null) cost = (cost ?? 0) + nano;
  }
  return { ...total, costUsd: cost === null ? null : cost / NANO };
}
