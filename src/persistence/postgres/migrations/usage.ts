/** What models were used for. */
export const USAGE = `
  CREATE TABLE usage (
    tenant_id text COLLATE "C" NOT NULL,
    day integer NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    agent text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    calls bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_nano_usd bigint NOT NULL,
    PRIMARY KEY (tenant_id, day, kind, id, agent, model)
  ) WITH (fillfactor = 70);
`;
