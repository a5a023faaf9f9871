/** Agents and deployments that operators registered; a turn can be claimed for one agent only. */
export const REGISTRATIONS = `
  CREATE TABLE registrations (
    kind text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (kind, tenant_id, id),
    UNIQUE (kind, tenant_id, name)
  );

  CREATE OR REPLACE FUNCTION claim_turn(a jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    session sessions;
    started jsonb;
    head text;
  BEGIN
    SELECT * INTO session FROM sessions s WHERE s.id = a->>'sessionId' AND NOT s.closing FOR UPDATE;
    IF NOT FOUND THEN
      RETURN '{}';
    END IF;
    IF a ? 'agent' THEN
      SELECT t.agent INTO head FROM turns t WHERE t.session_id = session.id AND t.ended_seq IS NULL ORDER BY t.accepted_seq LIMIT 1;
      IF head IS DISTINCT FROM a->>'agent' THEN
        RETURN '{}';
      END IF;
    END IF;
    started := start_next(session.id, session.last_seq + 1, a->>'iso');
    IF started IS NOT NULL THEN
      UPDATE sessions SET last_seq = last_seq + 1, updated_at = (a->>'at')::bigint WHERE id = session.id;
    END IF;
    RETURN jsonb_build_object('started', started);
  END $$;
`;
