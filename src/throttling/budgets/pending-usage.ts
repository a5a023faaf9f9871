import type { UsageRow } from '#libs/ports';

type Writable = { -readonly [Name in keyof UsageRow]: UsageRow[Name] };

/** Usage that is not in the ledger yet, added up. */
export class PendingUsage {
  #rows = new Map<string, Writable>();

  add(row: UsageRow): void {
    const key = `${row.day}\n${row.tenantId}\n${row.by.kind}\n${row.by.id}\n${row.agent}\n${row.model}`;
    const known = this.#rows.get(key);
    if (known === undefined) {
      this.#rows.set(key, { ...row });
      return;
    }
    known.calls += row.calls;
    known.inputTokens += row.inputTokens;
    known.outputTokens += row.outputTokens;
    known.costNanoUsd += row.costNanoUsd;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Everything, in groups of at most `limit` rows; it is not pending any more. */
  *take(limit: number): Generator<readonly UsageRow[]> {
    const rows = [...this.#rows.values()];
    this.#rows = new Map();
    for (let from = 0; from < rows.length; from += limit) yield rows.slice(from, from + limit);
  }
}
