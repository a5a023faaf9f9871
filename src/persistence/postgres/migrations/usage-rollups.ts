const AMOUNTS = `
    calls bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL,`;
const SUMS = 'sum(calls), sum(input_tokens), sum(output_tokens), sum(cost_nano_usd)';

/**
 * What usage comes to by month, and by day and model: summed as it is written, because a month of a large tenant is too much to sum while
 * somebody waits. Sessions are left out. `month` counts from January 1970.
 */
export const USAGE_ROLLUPS = `
  CREATE TABLE usage_months (
    tenant_id text COLLATE "C" NOT NULL,
    month integer NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    agent text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,${AMOUNTS}
    PRIMARY KEY (tenant_id, month, kind, id, agent, model)
  ) WITH (fillfactor = 70);
  CREATE TABLE usage_days (
    tenant_id text COLLATE "C" NOT NULL,
    day integer NOT NULL,
    model text COLLATE "C" NOT NULL,${AMOUNTS}
    PRIMARY KEY (tenant_id, day, model)
  ) WITH (fillfactor = 70);
  INSERT INTO usage_months
    SELECT tenant_id, (extract(year FROM date '1970-01-01' + day) - 1970) * 12 + extract(month FROM date '1970-01-01' + day) - 1 AS month,
           kind, id, agent, model, ${SUMS}
    FROM usage WHERE kind <> 'session' GROUP BY tenant_id, month, kind, id, agent, model;
  INSERT INTO usage_days SELECT tenant_id, day, model, ${SUMS} FROM usage WHERE kind <> 'session' GROUP BY tenant_id, day, model;
`;
