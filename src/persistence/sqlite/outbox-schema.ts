/** Deliveries and callback targets. */
export const OUTBOX_SCHEMA = `
  CREATE TABLE callback_targets (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    session_id TEXT UNIQUE REFERENCES sessions (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX callback_targets_by_url ON callback_targets (tenant_id, url) WHERE session_id IS NULL;

  CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint TEXT,
    target TEXT NOT NULL,
    recipient TEXT NOT NULL,
    payload TEXT NOT NULL,
    session_id TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    turn_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivering', 'delivered', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (tenant_id, channel, idempotency_key)
  ) STRICT;
  CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state IN ('pending', 'delivering');
  CREATE INDEX deliveries_open ON deliveries (tenant_id) WHERE state IN ('pending', 'delivering');
  CREATE INDEX deliveries_dead ON deliveries (tenant_id, id) WHERE state = 'dead';
  CREATE INDEX deliveries_ended ON deliveries (state, changed_at) WHERE state IN ('delivered', 'dead');
  CREATE INDEX deliveries_by_session ON deliveries (session_id) WHERE session_id IS NOT NULL;
`;
