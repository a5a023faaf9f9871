/** Version 1, first half: the tables. Free text is JSON text; ids compare byte by byte, so that their order is that of their making. */
export const TABLES = `
  CREATE TABLE sessions (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    owner_kind text COLLATE "C" NOT NULL,
    owner_id text COLLATE "C" NOT NULL,
    title text,
    agent text NOT NULL,
    metadata text NOT NULL,
    first_seq integer NOT NULL DEFAULT 1,
    last_seq integer NOT NULL,
    closing boolean NOT NULL DEFAULT false,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
  ) WITH (fillfactor = 70);
  CREATE INDEX sessions_by_owner ON sessions (tenant_id, owner_kind, owner_id, id);
  CREATE INDEX sessions_by_tenant ON sessions (tenant_id, id);
  CREATE INDEX sessions_closing ON sessions (id) WHERE closing;

  CREATE TABLE events (
    session_id text COLLATE "C" NOT NULL,
    seq integer NOT NULL,
    turn_id text COLLATE "C",
    type text COLLATE "C" NOT NULL,
    json text NOT NULL,
    checksum bytea NOT NULL,
    PRIMARY KEY (session_id, seq)
  );

  CREATE TABLE turns (
    id text COLLATE "C" PRIMARY KEY,
    message_id text COLLATE "C" NOT NULL UNIQUE,
    session_id text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    author_kind text COLLATE "C" NOT NULL,
    author_id text COLLATE "C" NOT NULL,
    client_id text COLLATE "C",
    fingerprint text COLLATE "C",
    session_named boolean NOT NULL,
    agent text NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    attempt integer NOT NULL,
    accepted_seq integer NOT NULL,
    ended_seq integer,
    accepted_at bigint NOT NULL,
    context text,
    partial text,
    settled integer,
    erased_at bigint
  ) WITH (fillfactor = 70);
  CREATE UNIQUE INDEX turns_by_claim ON turns (author_id, client_id, tenant_id, author_kind) WHERE client_id IS NOT NULL;
  CREATE INDEX turns_open ON turns (session_id, accepted_seq) WHERE ended_seq IS NULL;
  CREATE INDEX turns_erased ON turns (erased_at) WHERE erased_at IS NOT NULL;

  CREATE TABLE keys (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    scopes text NOT NULL,
    limits text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used_at bigint
  );
  CREATE INDEX keys_by_tenant ON keys (tenant_id, id);
  CREATE TABLE key_secrets (
    prefix text COLLATE "C" PRIMARY KEY,
    key_id text COLLATE "C" NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    place integer NOT NULL,
    hash text COLLATE "C" NOT NULL,
    expires_at bigint
  );
  CREATE INDEX key_secrets_by_key ON key_secrets (key_id, place);

  CREATE TABLE tokens (
    hash text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    credential_id text COLLATE "C" NOT NULL,
    payload text NOT NULL,
    expires_at bigint NOT NULL
  );
  CREATE INDEX tokens_by_credential ON tokens (credential_id);
  CREATE INDEX tokens_by_end ON tokens (expires_at);

  CREATE TABLE operator_sessions (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    operator_id text NOT NULL,
    name text NOT NULL,
    role text COLLATE "C" NOT NULL,
    scopes text,
    credential_id text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    expires_at bigint NOT NULL
  );
  CREATE INDEX operator_sessions_by_credential ON operator_sessions (credential_id);
  CREATE INDEX operator_sessions_by_end ON operator_sessions (expires_at);

  CREATE TABLE notes (
    session_id text COLLATE "C" NOT NULL,
    place integer NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    text text NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (session_id, place),
    UNIQUE (session_id, idempotency_key)
  );

  CREATE TABLE probes (id integer PRIMARY KEY CHECK (id = 1), count bigint NOT NULL);
  INSERT INTO probes VALUES (1, 0);
`;
