import { UsageLedger, type UsageQuery, type UsageRow, type UsageScope, type UsageSum } from '#libs/ports';

type Sum = { -readonly [Name in keyof UsageSum]: UsageSum[Name] };

/** Usage in memory. */
export class MemoryUsageLedger extends UsageLedger {
  readonly #rows: UsageRow[] = [];

  override async add(rows: readonly UsageRow[]): Promise<void> {
    this.#rows.push(...structuredClone(rows));
  }

  override async spent(day: number, tenantId: string, scope: UsageScope): Promise<number> {
    return this.#rows
      .filter((row) => row.day === day && row.tenantId === tenantId && isIn(row, scope))
      .reduce((sum, row) => sum + row.inputTokens + row.outputTokens, 0);
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
}

function isIn({ by, agent }: UsageRow, scope: UsageScope): boolean {
  if (scope.kind === 'tenant') return by.kind !== 'session';
  if (scope.kind === 'agent-name') return by.kind !== 'session' && agent === scope.id;
  return by.kind === scope.kind && by.id === scope.id;
}
