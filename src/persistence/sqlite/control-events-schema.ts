/** What happens in the gateway, for operators. The last number of a tenant outlives the events it was given to. */
export const CONTROL_EVENTS_SCHEMA = `
  CREATE TABLE control_events (
    tenant_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (tenant_id, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE control_event_numbers (tenant_id TEXT PRIMARY KEY, last_seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;
