/**
 * Version 2: deliveries and callback targets. The trigger is what makes the end of a turn and its delivery one commit, whichever step
 * writes the end. Released text is never changed, so limit and channel of the ports are written out.
 */
export const OUTBOX = `
  CREATE TABLE callback_targets (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    session_id text COLLATE "C" UNIQUE REFERENCES sessions (id) ON DELETE CASCADE,
    url text COLLATE "C" NOT NULL,
    secret text NOT NULL,
    created_at bigint NOT NULL
  );
  CREATE UNIQUE INDEX callback_targets_by_url ON callback_targets (tenant_id, url) WHERE session_id IS NULL;

  CREATE TABLE deliveries (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C",
    target text COLLATE "C" NOT NULL,
    recipient text NOT NULL,
    payload text NOT NULL,
    session_id text COLLATE "C" REFERENCES sessions (id) ON DELETE CASCADE,
    turn_id text COLLATE "C",
    state text COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivering', 'delivered', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    fence integer NOT NULL DEFAULT 0,
    due_at bigint NOT NULL,
    reason text,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    UNIQUE (tenant_id, channel, idempotency_key)
  ) WITH (fillfactor = 70);
  CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state IN ('pending', 'delivering');
  CREATE INDEX deliveries_open ON deliveries (tenant_id) WHERE state IN ('pending', 'delivering');
  CREATE INDEX deliveries_dead ON deliveries (tenant_id, id) WHERE state = 'dead';
  CREATE INDEX deliveries_ended ON deliveries (state, changed_at) WHERE state IN ('delivered', 'dead');
  CREATE INDEX deliveries_by_session ON deliveries (session_id) WHERE session_id IS NOT NULL;

  CREATE FUNCTION enqueue_reply() RETURNS trigger LANGUAGE plpgsql SET search_path = parley, pg_temp AS $$
  DECLARE
    target callback_targets;
    is_full boolean;
    at bigint;
  BEGIN
    SELECT * INTO target FROM callback_targets t WHERE t.session_id = NEW.session_id;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
    -- The event's JSON may hold what jsonb refuses, so the time is read from its fixed beginning.
    at := 1000 * extract(epoch FROM substring(NEW.json FROM '^\\{"type":"[a-z-]+","at":"([^"]+)"')::timestamptz);
    SELECT count(*) >= 5000 INTO is_full FROM (
      SELECT FROM deliveries d WHERE d.tenant_id = target.tenant_id AND d.state IN ('pending', 'delivering') LIMIT 5000
    ) waiting;
    INSERT INTO deliveries (id, tenant_id, channel, idempotency_key, target, recipient, payload, session_id, turn_id, state, due_at, reason,
      created_at, changed_at)
    VALUES (NEW.turn_id, target.tenant_id, 'callback', NEW.turn_id || ':reply', target.id, target.url, NEW.json, NEW.session_id,
      NEW.turn_id, CASE WHEN is_full THEN 'dead' ELSE 'pending' END, at, CASE WHEN is_full THEN 'the outbox was full' END, at, at)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
  END $$;
  CREATE TRIGGER enqueue_reply AFTER INSERT ON events FOR EACH ROW
    WHEN (NEW.type IN ('turn-completed', 'turn-failed', 'turn-cancelled')) EXECUTE FUNCTION enqueue_reply();
`;
