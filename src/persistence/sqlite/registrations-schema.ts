/** Agents and deployments that operators registered. */
export const REGISTRATIONS_SCHEMA = `
  CREATE TABLE registrations (
    kind TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (kind, tenant_id, id),
    UNIQUE (kind, tenant_id, name)
  ) STRICT, WITHOUT ROWID;
`;
