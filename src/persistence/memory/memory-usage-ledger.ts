import { UsageLedger, type Spending, type UsageDay, type UsageQuery, type UsageRow, type UsageScope, type UsageSum } from '#libs/ports';

type Sum = { -readonly [Name in keyof UsageSum]: UsageSum[Name] };

/** Usage in memory. */
export class MemoryUsageLedger extends UsageLedger {
  #rows: UsageRow[] = [];

  override async add(rows: readonly UsageRow[]): Promise<void> {
    this.#rows.push(...structuredClone(rows));
  }

  override async spent(day: number, tenantId: string, scope: UsageScope): Promise<Spending> {
    const sum = { tokens: 0, nanoUsd: 0 };
    for (const row of this.#rows) {
      if (row.day !== day || row.tenantId !== tenantId || !isIn(row, scope)) continue;
      sum.tokens += row.inputTokens + row.outputTokens;
      sum.nanoUsd += row.costNanoUsd;
    }
    return sum;
  }

  override async sums({ tenantId, principal, fromDay, toDay, limit }: UsageQuery): Promise<readonly UsageSum[]> {
    const sums = new Map<string, Sum>();
    for (const row of this.#rows) {
      const { by, agent, model } = row;
      if (row.tenantId !== tenantId || row.day < fromDay || row.day > toDay || by.kind === 'session') continue;
      if (principal !== undefined && (by.kind !== principal.kind || by.id !== principal.id)) continue;
      const key = JSON.stringify([by.kind, by.id, agent, model]);
      const sum = sums.get(key) ?? { tenantId, by: { kind: by.kind, id: by.id }, agent, model, calls: 0, inputTokens: 0, outputTokens: 0, costNanoUsd: 0 };
      sum.calls += row.calls;
      sum.inputTokens += row.inputTokens;
      sum.outputTokens += row.outputTokens;
      sum.costNanoUsd += row.costNanoUsd;
      sums.set(key, sum);
    }
    const tokens = (sum: UsageSum) => sum.inputTokens + sum.outputTokens;
    return [...sums.values()].sort((one, other) => tokens(other) - tokens(one)).slice(0, limit);
  }

  override async days({ tenantId, principal, fromDay, toDay, limit }: UsageQuery): Promise<readonly UsageDay[]> {
    const days = new Map<string, Day>();
    for (const { tenantId: of, by, day, model, calls, inputTokens, outputTokens, costNanoUsd } of this.#rows) {
      if (of !== tenantId || day < fromDay || day > toDay || by.kind === 'session') continue;
      if (principal !== undefined && (by.kind !== principal.kind || by.id !== principal.id)) continue;
      const key = JSON.stringify([day, model]);
      const sum = days.get(key) ?? { day, model, calls: 0, inputTokens: 0, outputTokens: 0, costNanoUsd: 0 };
      sum.calls += calls;
      sum.inputTokens += inputTokens;
      sum.outputTokens += outputTokens;
      sum.costNanoUsd += costNanoUsd;
      days.set(key, sum);
    }
    return [...days.values()].sort((one, other) => one.day - other.day || (one.model < other.model ? -1 : 1)).slice(0, limit);
  }

  override async forgetTenant(tenantId: string): Promise<void> {
    this.#rows = this.#rows.filter((row) => row.tenantId !== tenantId);
  }
}

type Day = { -readonly [Name in keyof UsageDay]: UsageDay[Name] };

function isIn({ by, agent }: UsageRow, scope: UsageScope): boolean {
  if (scope.kind === 'tenant') return by.kind !== 'session';
  if (scope.kind === 'agent-name') return by.kind !== 'session' && agent === scope.id;
  return by.kind === scope.kind && by.id === scope.id;
}
