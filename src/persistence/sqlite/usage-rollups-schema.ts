const AMOUNTS = `
    calls INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_nano_usd INTEGER NOT NULL,`;
const SUMS = 'sum(calls), sum(input_tokens), sum(output_tokens), sum(cost_nano_usd)';

/**
 * What usage comes to by month, and by day and model: summed as it is written, because a month of a large tenant is too much to sum while
 * somebody waits. Sessions are left out. `month` counts from January 1970.
 */
export const USAGE_ROLLUPS_SCHEMA = `
  CREATE TABLE usage_months (
    tenant_id TEXT NOT NULL,
    month INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    agent TEXT NOT NULL,
    model TEXT NOT NULL,${AMOUNTS}
    PRIMARY KEY (tenant_id, month, kind, id, agent, model)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE usage_days (
    tenant_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    model TEXT NOT NULL,${AMOUNTS}
    PRIMARY KEY (tenant_id, day, model)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO usage_months
    SELECT tenant_id, (strftime('%Y', day * 86400, 'unixepoch') - 1970) * 12 + strftime('%m', day * 86400, 'unixepoch') - 1 AS month,
           kind, id, agent, model, ${SUMS}
    FROM usage WHERE kind != 'session' GROUP BY tenant_id, month, kind, id, agent, model;
  INSERT INTO usage_days SELECT tenant_id, day, model, ${SUMS} FROM usage WHERE kind != 'session' GROUP BY tenant_id, day, model;
`;
