import { AUDIT_LISTS_SCHEMA } from './audit-lists-schema.js';
import { AUDIT_SCHEMA } from './audit-schema.js';
import { CONTROL_EVENTS_SCHEMA } from './control-events-schema.js';
import { DELIVERY_REQUESTS_SCHEMA } from './delivery-requests-schema.js';
import { OPERATOR_LISTS_SCHEMA } from './operator-lists-schema.js';
import { OUTBOX_SCHEMA } from './outbox-schema.js';
import { REGISTRATIONS_SCHEMA } from './registrations-schema.js';
import { REMOVED_TENANTS_SCHEMA } from './removed-tenants-schema.js';
import { SESSION_NUMBERS_SCHEMA } from './session-numbers-schema.js';
import { TENANTS_SCHEMA } from './tenants-schema.js';
import { USAGE_ROLLUPS_SCHEMA } from './usage-rollups-schema.js';
import { USAGE_SCHEMA } from './usage-schema.js';

/** The schema, step by step: number N is what brings a store of N - 1 forward. A released step is never changed. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    owner_kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    title TEXT,
    agent TEXT NOT NULL,
    metadata TEXT NOT NULL,
    first_seq INTEGER NOT NULL DEFAULT 1,
    closing INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_by_owner ON sessions (tenant_id, owner_kind, owner_id, id);
  CREATE INDEX sessions_by_tenant ON sessions (tenant_id, id);
  CREATE INDEX sessions_closing ON sessions (id) WHERE closing = 1;

  CREATE TABLE events (
    session_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    turn_id TEXT,
    type TEXT NOT NULL,
    json TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (session_id, seq)
  ) STRICT;

  CREATE TABLE turns (
    id TEXT PRIMARY KEY,
    message_id TEXT NOT NULL UNIQUE,
    session_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    author_kind TEXT NOT NULL,
    author_id TEXT NOT NULL,
    client_id TEXT,
    fingerprint TEXT,
    session_named INTEGER NOT NULL,
    agent TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    attempt INTEGER NOT NULL,
    accepted_seq INTEGER NOT NULL,
    ended_seq INTEGER,
    accepted_at INTEGER NOT NULL,
    context TEXT,
    partial TEXT,
    settled INTEGER,
    erased_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX turns_by_claim ON turns (author_id, client_id, tenant_id, author_kind) WHERE client_id IS NOT NULL;
  CREATE INDEX turns_open ON turns (session_id, accepted_seq) WHERE ended_seq IS NULL;
  CREATE INDEX turns_erased ON turns (erased_at) WHERE erased_at IS NOT NULL;

  CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    limits TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX keys_by_tenant ON keys (tenant_id, id);
  CREATE TABLE key_secrets (
    prefix TEXT PRIMARY KEY,
    key_id TEXT NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    hash TEXT NOT NULL,
    expires_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX key_secrets_by_key ON key_secrets (key_id, place);

  CREATE TABLE tokens (
    hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tokens_by_credential ON tokens (credential_id);
  CREATE INDEX tokens_by_end ON tokens (expires_at);

  CREATE TABLE operator_sessions (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    operator_id TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    scopes TEXT,
    credential_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX operator_sessions_by_credential ON operator_sessions (credential_id);
  CREATE INDEX operator_sessions_by_end ON operator_sessions (expires_at);

  CREATE TABLE notes (
    session_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (session_id, place),
    UNIQUE (session_id, idempotency_key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE probes (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL) STRICT;
  INSERT INTO probes VALUES (1, 0);
  `,
  OUTBOX_SCHEMA,
  AUDIT_SCHEMA,
  OPERATOR_LISTS_SCHEMA,
  USAGE_SCHEMA,
  CONTROL_EVENTS_SCHEMA,
  TENANTS_SCHEMA,
  REGISTRATIONS_SCHEMA,
  SESSION_NUMBERS_SCHEMA,
  AUDIT_LISTS_SCHEMA,
  USAGE_ROLLUPS_SCHEMA,
  REMOVED_TENANTS_SCHEMA,
  DELIVERY_REQUESTS_SCHEMA,
];
