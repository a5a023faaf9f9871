import { sql } from 'kysely';
import { UsageLedger, type Spending, type UsageDay, type UsageQuery, type UsageRow, type UsageScope, type UsageSum } from '#libs/ports';
import { SUMMED_AMOUNTS, toUsageDay, toUsageSum } from '../usage-row.js';
import type { Database } from './database.js';
import { fromJsonText, toJsonText } from './json-text.js';
import type { UsageTable } from './tables.js';

/** Usage on PostgreSQL: one row for each day, principal, agent and model. A sum of bigint comes as text. */
export class PostgresUsageLedger extends UsageLedger {
  readonly #database: Database;

  constructor(database: Database) {
    super();
    this.#database = database;
  }

  override async add(rows: readonly UsageRow[]): Promise<void> {
    if (rows.length === 0) return;
    // In one order everywhere, so that two writers do not wait for each other.
    const values = rows.map(toColumns).sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
    await this.#database
      .insertInto('usage')
      .values(values)
      .onConflict((conflict) =>
        conflict.columns(['tenant_id', 'day', 'kind', 'id', 'agent', 'model']).doUpdateSet({
          calls: sql`usage.calls + excluded.calls`,
          input_tokens: sql`usage.input_tokens + excluded.input_tokens`,
          output_tokens: sql`usage.output_tokens + excluded.output_tokens`,
          cost_nano_usd: sql`usage.cost_nano_usd + excluded.cost_nano_usd`,
        }),
      )
      .execute();
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

  override async sums({ tenantId, principal, fromDay, toDay, limit }: UsageQuery): Promise<readonly UsageSum[]> {
    let query = this.#database
      .selectFrom('usage')
      .select(['kind', 'id', 'agent', 'model', ...SUMMED_AMOUNTS])
      .where('tenant_id', '=', tenantId)
      .where('day', '>=', fromDay)
      .where('day', '<=', toDay)
      .groupBy(['kind', 'id', 'agent', 'model'])
      .orderBy(({ eb, fn }) => eb(fn.sum('input_tokens'), '+', fn.sum('output_tokens')), 'desc')
      .limit(limit);
    query = query.where('kind', '!=', 'session');
    if (principal !== undefined) query = query.where('kind', '=', principal.kind).where('id', '=', toJsonText(principal.id));
    return (await query.execute()).flatMap(({ kind, ...row }) => (kind === 'session' ? [] : [toUsageSum(tenantId, { kind, ...row }, fromJsonText)]));
  }

  override async days({ tenantId, principal, fromDay, toDay, limit }: UsageQuery): Promise<readonly UsageDay[]> {
    let query = this.#database
      .selectFrom('usage')
      .select(['day', 'model', ...SUMMED_AMOUNTS])
      .where('tenant_id', '=', tenantId)
      .where('day', '>=', fromDay)
      .where('day', '<=', toDay)
      .where('kind', '!=', 'session')
      .groupBy(['day', 'model'])
      .orderBy('day')
      .orderBy('model')
      .limit(limit);
    if (principal !== undefined) query = query.where('kind', '=', principal.kind).where('id', '=', toJsonText(principal.id));
    return (await query.execute()).map((row) => toUsageDay(row, fromJsonText));
  }

  override async forgetTenant(tenantId: string): Promise<void> {
    await this.#database.deleteFrom('usage').where('tenant_id', '=', tenantId).execute();
  }
}

function toColumns({ tenantId, day, by, agent, model, calls, inputTokens, outputTokens, costNanoUsd }: UsageRow): UsageTable {
  const texts = { kind: by.kind, id: toJsonText(by.id), agent: toJsonText(agent), model: toJsonText(model) };
  return { tenant_id: tenantId, day, ...texts, calls, input_tokens: inputTokens, output_tokens: outputTokens, cost_nano_usd: costNanoUsd };
}

function sortKey({ tenant_id, day, kind, id, agent, model }: UsageTable): string {
  return JSON.stringify([tenant_id, day, kind, id, agent, model]);
}
