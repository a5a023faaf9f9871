import { sql } from 'kysely';
import { UsageLedger, type Spending, type UsageDay, type UsageQuery, type UsageRow, type UsageScope, type UsageSum } from '#libs/ports';
import { firstDayOf, monthOf } from '../usage-month.js';
import { SUMMED_AMOUNTS, toUsageDay, toUsageSum } from '../usage-row.js';
import type { Database } from './database.js';
import { fromJsonText, toJsonText } from './json-text.js';
import type { UsageTable } from './tables.js';

type Amounts = Pick<UsageTable, 'calls' | 'input_tokens' | 'output_tokens' | 'cost_nano_usd'>;

/**
 * Usage on PostgreSQL: one row for each day, principal, agent and model; and, summed as it is written, by month and by day and model.
 * A sum of bigint comes as text.
 */
export class PostgresUsageLedger extends UsageLedger {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  /** The tables and their rows are in one order everywhere, so that two writers do not wait for each other. */
  override async add(rows: readonly UsageRow[]): Promise<void> {
    if (rows.length === 0) return;
    const used = rows.map(toColumns);
    const months = used.flatMap(({ day, kind, ...row }) => (kind === 'session' ? [] : [{ ...row, kind, month: monthOf(day) }]));
    const days = used.flatMap(({ tenant_id, day, kind, model, calls, input_tokens, output_tokens, cost_nano_usd }) =>
      kind === 'session' ? [] : [{ tenant_id, day, model, calls, input_tokens, output_tokens, cost_nano_usd }],
    );
    await this.#database.transaction().execute(async (step) => {
      await step
        .insertInto('usage')
        .values(summed(used, ({ tenant_id, day, kind, id, agent, model }) => [tenant_id, day, kind, id, agent, model]))
        .onConflict((conflict) => conflict.columns(['tenant_id', 'day', 'kind', 'id', 'agent', 'model']).doUpdateSet(addedTo('usage')))
        .execute();
      if (months.length === 0) return;
      await step
        .insertInto('usage_months')
        .values(summed(months, ({ tenant_id, month, kind, id, agent, model }) => [tenant_id, month, kind, id, agent, model]))
        .onConflict((conflict) => conflict.columns(['tenant_id', 'month', 'kind', 'id', 'agent', 'model']).doUpdateSet(addedTo('usage_months')))
        .execute();
      await step
        .insertInto('usage_days')
        .values(summed(days, ({ tenant_id, day, model }) => [tenant_id, day, model]))
        .onConflict((conflict) => conflict.columns(['tenant_id', 'day', 'model']).doUpdateSet(addedTo('usage_days')))
        .execute();
    });
  }

  override async spent(day: number, tenantId: string, scope: UsageScope): Promise<Spending> {
    let query = this.#database
      .selectFrom('usage')
      .select(({ eb, fn }) => [fn.sum<number>(eb('input_tokens', '+', eb.ref('output_tokens'))).as('tokens'), fn.sum<number>('cost_nano_usd').as('nano_usd')])
      .where('tenant_id', '=', tenantId)
      .where('day', '=', day);
    if (scope.kind === 'tenant' || scope.kind === 'agent-name') query = query.where('kind', '!=', 'session');
    if (scope.kind === 'agent-name') query = query.where('agent', '=', toJsonText(scope.id));
    else if (scope.kind !== 'tenant') query = query.where('kind', '=', scope.kind).where('id', '=', toJsonText(scope.id));
    const sum = await query.executeTakeFirst();
    return { tokens: Number(sum?.tokens ?? 0), nanoUsd: Number(sum?.nano_usd ?? 0) };
  }

  override async sums(query: UsageQuery): Promise<readonly UsageSum[]> {
    return (await this.#isMonthSoFar(query)) ? await this.#sumsOfMonth(query) : await this.#sumsOfDays(query);
  }

  /** True when the days of the query are all days of one month that the tenant has rows of. */
  async #isMonthSoFar({ tenantId, fromDay, toDay }: UsageQuery): Promise<boolean> {
    const month = monthOf(fromDay);
    if (fromDay !== firstDayOf(month) || monthOf(toDay) !== month) return false;
    const later = this.#database.selectFrom('usage').select('day').where('tenant_id', '=', tenantId).where('day', '>', toDay);
    return (await later.where('day', '<', firstDayOf(month + 1)).limit(1).executeTakeFirst()) === undefined;
  }

  async #sumsOfMonth({ tenantId, principal, fromDay, limit }: UsageQuery): Promise<readonly UsageSum[]> {
    let query = this.#database
      .selectFrom('usage_months')
      .select(['kind', 'id', 'agent', 'model', 'calls', 'input_tokens as input', 'output_tokens as output', 'cost_nano_usd as cost'])
      .where('tenant_id', '=', tenantId)
      .where('month', '=', monthOf(fromDay))
      .orderBy(({ eb, ref }) => eb('input_tokens', '+', ref('output_tokens')), 'desc')
      .limit(limit);
    if (principal !== undefined) query = query.where('kind', '=', principal.kind).where('id', '=', toJsonText(principal.id));
    return (await query.execute()).map((row) => toUsageSum(tenantId, row, fromJsonText));
  }

  async #sumsOfDays({ tenantId, principal, fromDay, toDay, limit }: UsageQuery): Promise<readonly UsageSum[]> {
    let query = this.#database
      .selectFrom('usage')
      .select(['kind', 'id', 'agent', 'model', ...SUMMED_AMOUNTS])
      .where('tenant_id', '=', tenantId)
      .where('day', '>=', fromDay)
      .where('day', '<=', toDay)
      .where('kind', '!=', 'session')
      .groupBy(['kind', 'id', 'agent', 'model'])
      .orderBy(({ eb, fn }) => eb(fn.sum('input_tokens'), '+', fn.sum('output_tokens')), 'desc')
      .limit(limit);
    if (principal !== undefined) query = query.where('kind', '=', principal.kind).where('id', '=', toJsonText(principal.id));
    return (await query.execute()).flatMap(({ kind, ...row }) => (kind === 'session' ? [] : [toUsageSum(tenantId, { kind, ...row }, fromJsonText)]));
  }

  override async days({ tenantId, principal, fromDay, toDay, limit }: UsageQuery): Promise<readonly UsageDay[]> {
    if (principal === undefined) return await this.#daysOfAll(tenantId, fromDay, toDay, limit);
    const query = this.#database
      .selectFrom('usage')
      .select(['day', 'model', ...SUMMED_AMOUNTS])
      .where('tenant_id', '=', tenantId)
      .where('day', '>=', fromDay)
      .where('day', '<=', toDay)
      .where('kind', '=', principal.kind)
      .where('id', '=', toJsonText(principal.id))
      .groupBy(['day', 'model'])
      .orderBy('day')
      .orderBy('model')
      .limit(limit);
    return (await query.execute()).map((row) => toUsageDay(row, fromJsonText));
  }

  async #daysOfAll(tenantId: string, fromDay: number, toDay: number, limit: number): Promise<readonly UsageDay[]> {
    const query = this.#database
      .selectFrom('usage_days')
      .select(['day', 'model', 'calls', 'input_tokens as input', 'output_tokens as output', 'cost_nano_usd as cost'])
      .where('tenant_id', '=', tenantId)
      .where('day', '>=', fromDay)
      .where('day', '<=', toDay)
      .orderBy('day')
      .orderBy('model')
      .limit(limit);
    return (await query.execute()).map((row) => toUsageDay(row, fromJsonText));
  }

  override async forgetTenant(tenantId: string): Promise<void> {
    await this.#database.transaction().execute(async (step) => {
      for (const table of ['usage', 'usage_months', 'usage_days'] as const) await step.deleteFrom(table).where('tenant_id', '=', tenantId).execute();
    });
  }
}

function toColumns({ tenantId, day, by, agent, model, calls, inputTokens, outputTokens, costNanoUsd }: UsageRow): UsageTable {
  const texts = { kind: by.kind, id: toJsonText(by.id), agent: toJsonText(agent), model: toJsonText(model) };
  return { tenant_id: tenantId, day, ...texts, calls, input_tokens: inputTokens, output_tokens: outputTokens, cost_nano_usd: costNanoUsd };
}

/** One row for each key, in the order of the keys. */
function summed<Row extends Amounts>(rows: readonly Row[], keyOf: (row: Row) => readonly unknown[]): Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? row : { ...row, ...plus(sum, row) });
  }
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

function plus(one: Amounts, other: Amounts): Amounts {
  return {
    calls: one.calls + other.calls,
    input_tokens: one.input_tokens + other.input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
    cost_nano_usd: one.cost_nano_usd + other.cost_nano_usd,
  };
}

/** What a row of the table becomes when one with its key comes. */
function addedTo(table: 'usage' | 'usage_months' | 'usage_days') {
  const sum = (amount: keyof Amounts) => sql<number>`${sql.raw(`${table}.${amount} + excluded.${amount}`)}`;
  return { calls: sum('calls'), input_tokens: sum('input_tokens'), output_tokens: sum('output_tokens'), cost_nano_usd: sum('cost_nano_usd') };
}
