import type { DatabaseSync } from 'node:sqlite';
import { UsageLedger, type UsageQuery, type UsageRow, type UsageScope, type UsageSum } from '#libs/ports';
import type { GroupCommit } from './group-commit.js';
import { Query } from './query.js';
import type { Reader } from './reader.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import { reading } from './to-storage-error.js';

/** Usage on SQLite: one row for each day, principal, agent and model. */
export class SqliteUsageLedger extends UsageLedger {
  readonly #writer: GroupCommit;
  readonly #reader: Reader;
  readonly #add;

  /** `db` is the writer's connection. */
  constructor(db: DatabaseSync, writer: GroupCommit, reader: Reader) {
    super();
    this.#writer = writer;
    this.#reader = reader;
    this.#add = new Query(
      db,
      `INSERT INTO usage (tenant_id, day, kind, id, agent, model, calls, input_tokens, output_tokens, cost_nano_usd)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, input_tokens = input_tokens + excluded.input_tokens,
         output_tokens = output_tokens + excluded.output_tokens, cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd`,
    );
  }

  override add(rows: readonly UsageRow[]): Promise<void> {
    return this.#writer.submit(() => {
      for (const { tenantId, day, by, agent, model, calls, inputTokens, outputTokens, costNanoUsd } of rows) {
        const texts = [by.kind, toStoredText(by.id), toStoredText(agent), toStoredText(model)];
        this.#add.run(tenantId, day, ...texts, calls, inputTokens, outputTokens, costNanoUsd);
      }
    });
  }

  override spent(day: number, tenantId: string, scope: UsageScope): Promise<number> {
    return reading(async () => {
      let query = this.#reader
        .selectFrom('usage')
        .select(({ eb, fn }) => fn.sum<number>(eb('input_tokens', '+', eb.ref('output_tokens'))).as('tokens'))
        .where('tenant_id', '=', tenantId)
        .where('day', '=', day);
      if (scope.kind === 'tenant' || scope.kind === 'agent-name') query = query.where('kind', '!=', 'session');
      if (scope.kind === 'agent-name') query = query.where('agent', '=', toStoredText(scope.id));
      else if (scope.kind !== 'tenant') query = query.where('kind', '=', scope.kind).where('id', '=', toStoredText(scope.id));
      return (await query.executeTakeFirst())?.tokens ?? 0;
    });
  }

  override sums({ tenantId, principal, fromDay, toDay, limit }: UsageQuery): Promise<readonly UsageSum[]> {
    return reading(async () => {
      let query = this.#reader
        .selectFrom('usage')
        .select(({ fn }) => [
          'kind',
          'id',
          'agent',
          'model',
          fn.sum<number>('calls').as('calls'),
          fn.sum<number>('input_tokens').as('input'),
          fn.sum<number>('output_tokens').as('output'),
          fn.sum<number>('cost_nano_usd').as('cost'),
        ])
        .where('tenant_id', '=', tenantId)
        .where('day', '>=', fromDay)
        .where('day', '<=', toDay)
        .groupBy(['kind', 'id', 'agent', 'model'])
        .orderBy(({ eb, fn }) => eb(fn.sum('input_tokens'), '+', fn.sum('output_tokens')), 'desc')
        .limit(limit);
      query = query.where('kind', '!=', 'session');
      if (principal !== undefined) query = query.where('kind', '=', principal.kind).where('id', '=', toStoredText(principal.id));
      const rows = await query.execute();
      return rows.flatMap(({ kind, id, agent, model, calls, input, output, cost }) => {
        if (kind === 'session') return [];
        const by = { kind, id: fromStoredText(id) };
        const texts = { agent: fromStoredText(agent), model: fromStoredText(model) };
        return [{ tenantId, by, ...texts, calls, inputTokens: input, outputTokens: output, costNanoUsd: cost }];
      });
    });
  }
}
