import type { DatabaseSync } from 'node:sqlite';
import { UsageLedger, type Spending, type UsageDay, type UsageQuery, type UsageRow, type UsageScope, type UsageSum } from '#libs/ports';
import { firstDayOf, monthOf } from '../usage-month.js';
import { SUMMED_AMOUNTS, toUsageDay, toUsageSum } from '../usage-row.js';
import type { GroupCommit } from './group-commit.js';
import { Query } from './query.js';
import type { Reader } from './reader.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import { reading } from './to-storage-error.js';

const AMOUNTS = 'calls, input_tokens, output_tokens, cost_nano_usd';
const ADDED = `ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, input_tokens = input_tokens + excluded.input_tokens,
  output_tokens = output_tokens + excluded.output_tokens, cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd`;

/** Usage on SQLite: one row for each day, principal, agent and model; and, summed as it is written, by month and by day and model. */
export class SqliteUsageLedger extends UsageLedger {
  readonly #writer: GroupCommit;
  readonly #reader: Reader;
  readonly #add;
  readonly #addToMonth;
  readonly #addToDay;
  readonly #forget;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync, writer: GroupCommit, reader: Reader) {
    super();
    this.#writer = writer;
    this.#reader = reader;
    this.#add = new Query(db, `INSERT INTO usage (tenant_id, day, kind, id, agent, model, ${AMOUNTS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ${ADDED}`);
    this.#addToMonth = new Query(
      db,
      `INSERT INTO usage_months (tenant_id, month, kind, id, agent, model, ${AMOUNTS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ${ADDED}`,
    );
    this.#addToDay = new Query(db, `INSERT INTO usage_days (tenant_id, day, model, ${AMOUNTS}) VALUES (?, ?, ?, ?, ?, ?, ?) ${ADDED}`);
    this.#forget = ['usage', 'usage_months', 'usage_days'].map((table) => new Query(db, `DELETE FROM ${table} WHERE tenant_id = ?`));
  }

  override add(rows: readonly UsageRow[]): Promise<void> {
    return this.#writer.submit(() => {
      for (const { tenantId, day, by, agent, model, calls, inputTokens, outputTokens, costNanoUsd } of rows) {
        const texts = [by.kind, toStoredText(by.id), toStoredText(agent), toStoredText(model)];
        const amounts = [calls, inputTokens, outputTokens, costNanoUsd];
        this.#add.run(tenantId, day, ...texts, ...amounts);
        if (by.kind === 'session') continue;
        this.#addToMonth.run(tenantId, monthOf(day), ...texts, ...amounts);
        this.#addToDay.run(tenantId, day, toStoredText(model), ...amounts);
      }
    });
  }

  override forgetTenant(tenantId: string): Promise<void> {
    return this.#writer.submit(() => {
      for (const forget of this.#forget) forget.run(tenantId);
    });
  }

  override spent(day: number, tenantId: string, scope: UsageScope): Promise<Spending> {
    return reading(async () => {
      let query = this.#reader
        .selectFrom('usage')
        .select(({ eb, fn }) => [fn.sum<number>(eb('input_tokens', '+', eb.ref('output_tokens'))).as('tokens'), fn.sum<number>('cost_nano_usd').as('nano_usd')])
        .where('tenant_id', '=', tenantId)
        .where('day', '=', day);
      if (scope.kind === 'tenant' || scope.kind === 'agent-name') query = query.where('kind', '!=', 'session');
      if (scope.kind === 'agent-name') query = query.where('agent', '=', toStoredText(scope.id));
      else if (scope.kind !== 'tenant') query = query.where('kind', '=', scope.kind).where('id', '=', toStoredText(scope.id));
      const sum = await query.executeTakeFirst();
      return { tokens: sum?.tokens ?? 0, nanoUsd: sum?.nano_usd ?? 0 };
    });
  }

  override sums(query: UsageQuery): Promise<readonly UsageSum[]> {
    return reading(async () => ((await this.#isMonthSoFar(query)) ? this.#sumsOfMonth(query) : this.#sumsOfDays(query)));
  }

  /** True when the days of the query are all days of one month that the tenant has rows of. */
  async #isMonthSoFar({ tenantId, fromDay, toDay }: UsageQuery): Promise<boolean> {
    const month = monthOf(fromDay);
    if (fromDay !== firstDayOf(month) || monthOf(toDay) !== month) return false;
    const later = this.#reader.selectFrom('usage').select('day').where('tenant_id', '=', tenantId).where('day', '>', toDay);
    return (await later.where('day', '<', firstDayOf(month + 1)).limit(1).executeTakeFirst()) === undefined;
  }

  async #sumsOfMonth({ tenantId, principal, fromDay, limit }: UsageQuery): Promise<readonly UsageSum[]> {
    let query = this.#reader
      .selectFrom('usage_months')
      .select(['kind', 'id', 'agent', 'model', 'calls', 'input_tokens as input', 'output_tokens as output', 'cost_nano_usd as cost'])
      .where('tenant_id', '=', tenantId)
      .where('month', '=', monthOf(fromDay))
      .orderBy(({ eb, ref }) => eb('input_tokens', '+', ref('output_tokens')), 'desc')
      .limit(limit);
    if (principal !== undefined) query = query.where('kind', '=', principal.kind).where('id', '=', toStoredText(principal.id));
    return (await query.execute()).map((row) => toUsageSum(tenantId, row, fromStoredText));
  }

  async #sumsOfDays({ tenantId, principal, fromDay, toDay, limit }: UsageQuery): Promise<readonly UsageSum[]> {
    let query = this.#reader
      .selectFrom('usage')
      .select(['kind', 'id', 'agent', 'model', ...SUMMED_AMOUNTS])
      .where('tenant_id', '=', tenantId)
      .where('day', '>=', fromDay)
      .where('day', '<=', toDay)
      .groupBy(['kind', 'id', 'agent', 'model'])
      .orderBy(({ eb, fn }) => eb(fn.sum('input_tokens'), '+', fn.sum('output_tokens')), 'desc')
      .limit(limit);
    query = query.where('kind', '!=', 'session');
    if (principal !== undefined) query = query.where('kind', '=', principal.kind).where('id', '=', toStoredText(principal.id));
    return (await query.execute()).flatMap(({ kind, ...row }) => (kind === 'session' ? [] : [toUsageSum(tenantId, { kind, ...row }, fromStoredText)]));
  }

  override days({ tenantId, principal, fromDay, toDay, limit }: UsageQuery): Promise<readonly UsageDay[]> {
    return reading(async () => {
      if (principal === undefined) return this.#daysOfAll(tenantId, fromDay, toDay, limit);
      const query = this.#reader
        .selectFrom('usage')
        .select(['day', 'model', ...SUMMED_AMOUNTS])
        .where('tenant_id', '=', tenantId)
        .where('day', '>=', fromDay)
        .where('day', '<=', toDay)
        .where('kind', '=', principal.kind)
        .where('id', '=', toStoredText(principal.id))
        .groupBy(['day', 'model'])
        .orderBy('day')
        .orderBy('model')
        .limit(limit);
      return (await query.execute()).map((row) => toUsageDay(row, fromStoredText));
    });
  }

  async #daysOfAll(tenantId: string, fromDay: number, toDay: number, limit: number): Promise<readonly UsageDay[]> {
    const query = this.#reader
      .selectFrom('usage_days')
      .select(['day', 'model', 'calls', 'input_tokens as input', 'output_tokens as output', 'cost_nano_usd as cost'])
      .where('tenant_id', '=', tenantId)
      .where('day', '>=', fromDay)
      .where('day', '<=', toDay)
      .orderBy('day')
      .orderBy('model')
      .limit(limit);
    return (await query.execute()).map((row) => toUsageDay(row, fromStoredText));
  }
}
