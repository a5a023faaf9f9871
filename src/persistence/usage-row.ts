import { sql } from 'kysely';
import type { UsageDay, UsageSum } from '#libs/ports';

/** What was used, as a store answers it; a sum of PostgreSQL comes as text. */
interface Amounts {
  readonly calls: number | string;
  readonly input: number | string;
  readonly output: number | string;
  readonly cost: number | string;
}

interface UserRow extends Amounts {
  readonly kind: UsageSum['by']['kind'];
  readonly id: string;
  readonly agent: string;
  readonly model: string;
}

interface DayRow extends Amounts {
  readonly day: number;
  readonly model: string;
}

/** Columns that add up what the rows of a group used, under the names that `toUsageSum` and `toUsageDay` read. */
export const SUMMED_AMOUNTS = [
  sql<number | string>`sum(calls)`.as('calls'),
  sql<number | string>`sum(input_tokens)`.as('input'),
  sql<number | string>`sum(output_tokens)`.as('output'),
  sql<number | string>`sum(cost_nano_usd)`.as('cost'),
] as const;

/** A row by who used an agent and model; `read` gives the text that a column holds. */
export function toUsageSum(tenantId: string, { kind, id, agent, model, ...amounts }: UserRow, read: (column: string) => string): UsageSum {
  return { tenantId, by: { kind, id: read(id) }, agent: read(agent), model: read(model), ...toAmounts(amounts) };
}

/** A row by day and model; `read` gives the text that a column holds. */
export function toUsageDay({ day, model, ...amounts }: DayRow, read: (column: string) => string): UsageDay {
  return { day, model: read(model), ...toAmounts(amounts) };
}

function toAmounts({ calls, input, output, cost }: Amounts) {
  return { calls: Number(calls), inputTokens: Number(input), outputTokens: Number(output), costNanoUsd: Number(cost) };
}
