/** The audit log and the head of its chain. */
export const AUDIT = `
  CREATE TABLE audit_entries (
    seq bigint PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    actor_id text COLLATE "C",
    action text COLLATE "C" NOT NULL,
    json text NOT NULL,
    hash text COLLATE "C" NOT NULL
  );
  CREATE INDEX audit_entries_by_tenant ON audit_entries (tenant_id, seq);
  CREATE TABLE audit_head (
    id integer PRIMARY KEY CHECK (id = 1), seq bigint NOT NULL, hash text COLLATE "C" NOT NULL, mac text COLLATE "C" NOT NULL
  );
`;
