/**
 * Version 1, second half: the atomic steps of the road. Each takes one JSON object and gives one; `run_steps` runs many in one
 * transaction. Whatever changes a session or its turns locks the session's row first, so steps of two processes cannot cross.
 * Facts come as `{ type, turnId, at, tail }`: what stands before `seq` in the event's JSON, and what stands behind it.
 */
export const STEPS = `
  CREATE FUNCTION is_within(session sessions, reach jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT session.tenant_id = reach->>'tenantId' AND CASE
      WHEN reach ? 'sessionIds' THEN reach->'sessionIds' ? session.id
      WHEN reach ? 'owner' THEN session.owner_kind = reach#>>'{owner,kind}' AND session.owner_id = reach#>>'{owner,id}'
      ELSE true
    END
  $$;

  CREATE FUNCTION add_event(in_session text, in_seq integer, fact jsonb) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    written text := '{"type":"' || (fact->>'type') || '","at":"' || (fact->>'at') || '","sessionId":"' || in_session
      || '","seq":' || in_seq || (fact->>'tail');
  BEGIN
    INSERT INTO events (session_id, seq, turn_id, type, json, checksum)
    VALUES (in_session, in_seq, fact->>'turnId', fact->>'type', written, substring(sha256(convert_to(written, 'UTF8')) FOR 8));
    RETURN written;
  END $$;

  CREATE FUNCTION add_turn_started(in_session text, in_seq integer, turn_id text, message_id text, agent text, attempt integer, at text)
  RETURNS text LANGUAGE sql AS $$
    SELECT add_event(in_session, in_seq, jsonb_build_object('type', 'turn-started', 'turnId', turn_id, 'at', at, 'tail',
      ',"turnId":"' || turn_id || '","messageId":"' || message_id || '","agent":' || agent || ',"attempt":' || attempt || '}'))
  $$;

  CREATE FUNCTION accept_message(a jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    claimed turns;
    session sessions;
    into_session text := a->>'newSessionId';
    said_seq integer := 1;
    with_agent text := coalesce(a->>'agent', a->>'defaultAgent');
    starts boolean := (a->>'start')::boolean;
    started text;
  BEGIN
    IF a ? 'clientId' THEN
      SELECT * INTO claimed FROM turns
      WHERE tenant_id = a->>'tenantId' AND author_kind = a->>'authorKind' AND author_id = a->>'authorId' AND client_id = a->>'clientId';
      IF FOUND THEN
        RETURN jsonb_build_object('kind', 'claimed', 'turnId', claimed.id, 'messageId', claimed.message_id,
          'sessionId', claimed.session_id, 'seq', claimed.accepted_seq, 'status', claimed.state,
          'fingerprint', claimed.fingerprint, 'sessionNamed', claimed.session_named);
      END IF;
    END IF;

    IF (a->>'refused')::boolean THEN
      IF a ? 'sessionId' AND NOT EXISTS (
        SELECT FROM sessions s WHERE s.id = a->>'sessionId' AND NOT s.closing AND is_within(s, a->'reach')
      ) THEN
        RETURN '{"kind": "not_found"}';
      END IF;
      RETURN '{"kind": "refused"}';
    END IF;

    IF a ? 'sessionId' THEN
      UPDATE sessions s SET last_seq = last_seq + 1, updated_at = (a->>'at')::bigint
      WHERE s.id = a->>'sessionId' AND NOT s.closing AND is_within(s, a->'reach') RETURNING s.* INTO session;
      IF NOT FOUND THEN
        RETURN '{"kind": "not_found"}';
      END IF;
      into_session := session.id;
      said_seq := session.last_seq;
      with_agent := coalesce(a->>'agent', session.agent);
      IF starts THEN
        -- Asked once the row is locked: what another process committed just before is seen.
        starts := NOT EXISTS (SELECT FROM turns t WHERE t.session_id = into_session AND t.ended_seq IS NULL);
        UPDATE sessions SET last_seq = last_seq + 1 WHERE id = into_session AND starts;
      END IF;
    ELSE
      INSERT INTO sessions (id, tenant_id, owner_kind, owner_id, agent, metadata, last_seq, created_at, updated_at)
      VALUES (into_session, a->>'tenantId', a->>'authorKind', a->>'authorId', a->>'defaultAgent', '{}', 1 + starts::integer,
        (a->>'at')::bigint, (a->>'at')::bigint);
    END IF;

    INSERT INTO turns (id, message_id, session_id, tenant_id, author_kind, author_id, client_id, fingerprint, session_named, agent,
      state, attempt, accepted_seq, accepted_at, context)
    VALUES (a->>'turnId', a->>'messageId', into_session, a->>'tenantId', a->>'authorKind', a->>'authorId', a->>'clientId',
      a->>'fingerprint', a ? 'sessionId', with_agent, CASE WHEN starts THEN 'running' ELSE 'queued' END, starts::integer, said_seq,
      (a->>'at')::bigint, a->>'context');
    PERFORM add_event(into_session, said_seq, a->'fact');
    IF starts THEN
      started := add_turn_started(into_session, said_seq + 1, a->>'turnId', a->>'messageId', with_agent, 1, a#>>'{fact,at}');
    END IF;
    RETURN jsonb_build_object('kind', 'accepted', 'seq', said_seq, 'agent', with_agent, 'started', started);
  END $$;

  -- Starts the oldest open turn of a locked session when it is queued. The caller counts the event to the session.
  CREATE FUNCTION start_next(in_session text, in_seq integer, at text) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    waiting turns;
    said text;
    started text;
  BEGIN
    SELECT * INTO waiting FROM turns t WHERE t.session_id = in_session AND t.ended_seq IS NULL ORDER BY t.accepted_seq LIMIT 1;
    IF NOT FOUND OR waiting.state <> 'queued' THEN
      RETURN NULL;
    END IF;
    SELECT e.json INTO said FROM events e
    WHERE e.session_id = in_session AND e.seq = waiting.accepted_seq AND e.checksum = substring(sha256(convert_to(e.json, 'UTF8')) FOR 8);
    IF NOT FOUND THEN
      RETURN '{"damaged": true}';
    END IF;
    UPDATE turns SET state = 'running', attempt = waiting.attempt + 1 WHERE id = waiting.id;
    started := add_turn_started(in_session, in_seq, waiting.id, waiting.message_id, waiting.agent, waiting.attempt + 1, at);
    RETURN jsonb_build_object('turnId', waiting.id, 'messageId', waiting.message_id, 'tenantId', waiting.tenant_id, 'agent', waiting.agent,
      'attempt', waiting.attempt + 1, 'acceptedSeq', waiting.accepted_seq, 'acceptedAt', waiting.accepted_at, 'context', waiting.context,
      'partial', waiting.partial, 'settled', waiting.settled, 'said', said, 'seq', in_seq, 'started', started);
  END $$;

  CREATE FUNCTION claim_turn(a jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    session sessions;
    started jsonb;
  BEGIN
    SELECT * INTO session FROM sessions s WHERE s.id = a->>'sessionId' AND NOT s.closing FOR UPDATE;
    IF NOT FOUND THEN
      RETURN '{}';
    END IF;
    started := start_next(session.id, session.last_seq + 1, a->>'iso');
    IF started ? 'damaged' THEN
      RAISE EXCEPTION 'the message of the oldest queued turn of session % is damaged', session.id USING ERRCODE = 'data_corrupted';
    END IF;
    IF started IS NOT NULL THEN
      UPDATE sessions SET last_seq = last_seq + 1, updated_at = (a->>'at')::bigint WHERE id = session.id;
    END IF;
    RETURN jsonb_build_object('started', started);
  END $$;

  CREATE FUNCTION checkpoint_turn(a jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE turns SET partial = a->>'text', settled = (a->>'settled')::integer
    WHERE id = a->>'turnId' AND session_id = a->>'sessionId' AND attempt = (a->>'attempt')::integer AND state = 'running';
    RETURN jsonb_build_object('held', FOUND);
  END $$;

  CREATE FUNCTION append_facts(a jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    session sessions;
    fact jsonb;
    next_seq integer;
  BEGIN
    SELECT * INTO session FROM sessions s WHERE s.id = a->>'sessionId' FOR UPDATE;
    IF a ? 'text' THEN
      UPDATE turns SET partial = a->>'text', settled = (a->>'settled')::integer
      WHERE id = a->>'turnId' AND session_id = session.id AND attempt = (a->>'attempt')::integer AND state = 'running';
    ELSE
      PERFORM FROM turns
      WHERE id = a->>'turnId' AND session_id = session.id AND attempt = (a->>'attempt')::integer AND state = 'running';
    END IF;
    IF NOT FOUND THEN
      RETURN '{"held": false}';
    END IF;
    next_seq := session.last_seq;
    FOR fact IN SELECT jsonb_array_elements(a->'facts') LOOP
      next_seq := next_seq + 1;
      PERFORM add_event(session.id, next_seq, fact);
    END LOOP;
    IF next_seq > session.last_seq THEN
      UPDATE sessions SET last_seq = next_seq, updated_at = (a->>'at')::bigint WHERE id = session.id;
    END IF;
    RETURN jsonb_build_object('held', true, 'seq', session.last_seq + 1);
  END $$;

  CREATE FUNCTION finish_turn(a jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    session sessions;
    started jsonb;
  BEGIN
    SELECT * INTO session FROM sessions s WHERE s.id = a->>'sessionId' FOR UPDATE;
    UPDATE turns SET state = a->>'state', ended_seq = session.last_seq + 1, partial = NULL, settled = NULL
    WHERE id = a->>'turnId' AND session_id = session.id AND attempt = (a->>'attempt')::integer AND state = 'running';
    IF NOT FOUND THEN
      RETURN '{"held": false}';
    END IF;
    PERFORM add_event(session.id, session.last_seq + 1, a->'fact');
    IF (a->>'startNext')::boolean AND NOT session.closing THEN
      -- A next message that cannot be read must not keep this turn from ending; claim_turn tells of it.
      started := nullif(start_next(session.id, session.last_seq + 2, a#>>'{fact,at}'), '{"damaged": true}');
    END IF;
    UPDATE sessions SET last_seq = last_seq + 1 + (started IS NOT NULL)::integer, updated_at = (a->>'at')::bigint WHERE id = session.id;
    RETURN jsonb_build_object('held', true, 'seq', session.last_seq + 1, 'started', started);
  END $$;

  CREATE FUNCTION release_turn(a jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM FROM sessions s WHERE s.id = a->>'sessionId' FOR UPDATE;
    UPDATE turns SET state = 'queued'
    WHERE id = a->>'turnId' AND session_id = a->>'sessionId' AND attempt = (a->>'attempt')::integer AND state = 'running';
    RETURN jsonb_build_object('held', FOUND);
  END $$;

  CREATE FUNCTION cancel_turn(a jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    session sessions;
    turn turns;
    tail text;
    ended text;
  BEGIN
    SELECT s.* INTO session FROM sessions s JOIN turns t ON t.session_id = s.id
    WHERE (t.id = a->>'turnId' OR t.message_id = a->>'messageId') AND is_within(s, a->'reach') FOR UPDATE OF s;
    IF NOT FOUND THEN
      RETURN '{"kind": "not_found"}';
    END IF;
    SELECT * INTO turn FROM turns t WHERE t.id = a->>'turnId' OR t.message_id = a->>'messageId';
    IF turn.state = 'queued' THEN
      UPDATE turns SET state = 'cancelled', ended_seq = session.last_seq + 1, partial = NULL, settled = NULL WHERE id = turn.id;
      UPDATE sessions SET last_seq = last_seq + 1, updated_at = (a->>'at')::bigint WHERE id = session.id;
      tail := ',"turnId":"' || turn.id || '","messageId":"' || turn.message_id || '","by":' || (a->>'by')
        || coalesce(',"partial":' || turn.partial, '') || '}';
      ended := add_event(session.id, session.last_seq + 1,
        jsonb_build_object('type', 'turn-cancelled', 'turnId', turn.id, 'at', a->>'iso', 'tail', tail));
      turn.state := 'cancelled';
    END IF;
    RETURN jsonb_build_object('kind', 'found', 'turnId', turn.id, 'sessionId', session.id, 'state', turn.state,
      'seq', session.last_seq + 1, 'ended', ended);
  END $$;

  -- Claims of client ids outlive their session; old ones go, some more than this call adds, so that they cannot pile up.
  CREATE FUNCTION erase_session(a jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    session sessions;
    claims integer;
  BEGIN
    SELECT * INTO session FROM sessions s WHERE s.id = a->>'sessionId' AND s.closing FOR UPDATE;
    IF NOT FOUND OR EXISTS (SELECT FROM turns t WHERE t.session_id = session.id AND t.ended_seq IS NULL) THEN
      RETURN '{}';
    END IF;
    WITH said AS (
      SELECT e.turn_id FROM events e WHERE e.session_id = session.id AND e.type = 'message-accepted'
    ), gone AS (
      DELETE FROM turns t USING said WHERE t.id = said.turn_id AND t.client_id IS NULL
    ), kept AS (
      UPDATE turns t SET context = NULL, erased_at = (a->>'at')::bigint FROM said
      WHERE t.id = said.turn_id AND t.client_id IS NOT NULL RETURNING t.id
    )
    SELECT count(*) INTO claims FROM kept;
    DELETE FROM events WHERE session_id = session.id;
    DELETE FROM notes WHERE session_id = session.id;
    DELETE FROM sessions WHERE id = session.id;
    DELETE FROM turns WHERE id IN (
      SELECT t.id FROM turns t WHERE t.erased_at < (a->>'claimsBefore')::bigint LIMIT 2 * claims + 100
    );
    RETURN jsonb_build_object('seq', session.last_seq + 1);
  END $$;

  -- A note is kept once for each key; beyond the limit none is kept any more.
  CREATE FUNCTION add_note(a jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    kept integer;
  BEGIN
    PERFORM FROM sessions s WHERE s.id = a->>'sessionId' FOR UPDATE;
    PERFORM FROM notes n WHERE n.session_id = a->>'sessionId' AND n.idempotency_key = a->>'key';
    IF FOUND THEN
      RETURN '{"kept": true}';
    END IF;
    SELECT count(*) INTO kept FROM notes n WHERE n.session_id = a->>'sessionId';
    IF kept >= (a->>'limit')::integer THEN
      RETURN '{"kept": false}';
    END IF;
    INSERT INTO notes (session_id, place, idempotency_key, text, at)
    VALUES (a->>'sessionId', kept, a->>'key', a->>'text', (a->>'at')::bigint);
    RETURN '{"kept": true}';
  END $$;

  CREATE FUNCTION probe() RETURNS jsonb LANGUAGE sql AS $$
    UPDATE probes SET count = count + 1 WHERE id = 1 RETURNING jsonb_build_object('count', count)
  $$;

  CREATE FUNCTION run_steps(steps jsonb) RETURNS SETOF jsonb LANGUAGE plpgsql SET search_path = parley, pg_temp AS $$
  DECLARE
    a jsonb;
  BEGIN
    FOR a IN SELECT jsonb_array_elements(steps) LOOP
      RETURN NEXT CASE a->>'step'
        WHEN 'accept' THEN accept_message(a)
        WHEN 'claim' THEN claim_turn(a)
        WHEN 'append' THEN append_facts(a)
        WHEN 'checkpoint' THEN checkpoint_turn(a)
        WHEN 'finish' THEN finish_turn(a)
        WHEN 'release' THEN release_turn(a)
        WHEN 'cancel' THEN cancel_turn(a)
        WHEN 'erase' THEN erase_session(a)
        WHEN 'note' THEN add_note(a)
        WHEN 'probe' THEN probe()
      END;
    END LOOP;
  END $$;
`;
