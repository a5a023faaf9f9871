import { Injectable } from '@nestjs/common';
import type { Principal, UsageQueryOptions, UsageReport } from '#libs/contracts';
import { may, PERMISSIONS } from '#libs/policy';
import { Clock, UsageLedger, type UsageDay } from '#libs/ports';
import { countedAs } from './counted-as.js';
import { Prices } from './prices.js';
import { TokenBudgets } from './token-budgets.js';

const DAY_MS = 86_400_000;
const MAX_ITEMS = 1_000;
/** Days of a month times models. */
const MAX_DAY_ROWS = 10_000;
const NANO = 1e9;

/** What models were used for, as its users and operators see it. */
@Injectable()
export class UsageReports {
  constructor(
    private readonly ledger: UsageLedger,
    private readonly budgets: TokenBudgets,
    private readonly prices: Prices,
    private readonly clock: Clock,
  ) {}

  /** What models were used for in the tenant since the UTC day began. */
  async today(tenantId: string): Promise<UsageReport['totals']> {
    await this.budgets.flush();
    const day = Math.floor(this.clock.now() / DAY_MS);
    return this.#amounts(await this.ledger.days({ tenantId, fromDay: day, toDay: day, limit: MAX_ITEMS }));
  }

  /** Since the UTC day or month began: of the caller, or of the tenant where the caller may read the control plane. */
  async report(caller: Principal, { period }: UsageQueryOptions): Promise<UsageReport> {
    await this.budgets.flush();
    const now = this.clock.now();
    const from = period === 'day' ? now - (now % DAY_MS) : beginOfMonth(now);
    const scope = may(caller, PERMISSIONS.readControlPlane) ? 'tenant' : 'own';
    const { tenantId } = caller;
    const query = {
      tenantId,
      ...(scope === 'own' ? { principal: countedAs(caller) } : {}),
      fromDay: Math.floor(from / DAY_MS),
      toDay: Math.floor(now / DAY_MS),
    };
    const sums = await this.ledger.sums({ ...query, limit: MAX_ITEMS + 1 });
    const days = await this.ledger.days({ ...query, limit: MAX_DAY_ROWS });
    const items = sums.slice(0, MAX_ITEMS);
    return {
      period,
      from: new Date(from).toISOString(),
      to: new Date(now).toISOString(),
      scope,
      budget: await this.#budget(caller),
      prices: this.prices.version,
      totals: this.#amounts(days),
      days: days.map(({ day, model, ...used }) => ({ date: new Date(day * DAY_MS).toISOString().slice(0, 10), model, ...this.#amounts([{ model, ...used }]) })),
      items: items.map((sum) => ({ principal: sum.by, agent: sum.agent, model: sum.model, ...this.#amounts([sum]) })),
      complete: sums.length <= MAX_ITEMS,
    };
  }

  async #budget(caller: Principal): Promise<UsageReport['budget']> {
    const { limit, spent, reserved } = await this.budgets.standing(caller);
    return {
      tokensPerDay: limit.tokens,
      usedToday: spent.tokens,
      reserved: reserved.tokens,
      usdPerDay: limit.nanoUsd === Infinity ? null : limit.nanoUsd / NANO,
      usedUsdToday: spent.nanoUsd / NANO,
      reservedUsd: reserved.nanoUsd / NANO,
    };
  }

  #amounts(sums: readonly Omit<UsageDay, 'day'>[]) {
    const total = { calls: 0, inputTokens: 0, outputTokens: 0 };
    let cost: number | null = null;
    for (const { calls, inputTokens, outputTokens, costNanoUsd: nano, model } of sums) {
      total.calls += calls;
      total.inputTokens += inputTokens;
      total.outputTokens += outputTokens;
      if (this.prices.of(model) !== null) cost = (cost ?? 0) + nano;
    }
    return { ...total, costUsd: cost === null ? null : cost / NANO };
  }
}

function beginOfMonth(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}
