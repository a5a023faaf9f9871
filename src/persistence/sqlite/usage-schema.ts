/** What models were used for. */
export const USAGE_SCHEMA = `
  CREATE TABLE usage (
    tenant_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    agent TEXT NOT NULL,
    model TEXT NOT NULL,
    calls INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_nano_usd INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, day, kind, id, agent, model)
  ) STRICT, WITHOUT ROWID;
`;
