/** Version 3: a turn whose stored message does not fit its checksum starts all the same, without `said`, so that it can have its end. */
export const DAMAGED_MESSAGE = `
  CREATE OR REPLACE FUNCTION start_next(in_session text, in_seq integer, at text) RETURNS jsonb LANGUAGE plpgsql AS $$
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
    UPDATE turns SET state = 'running', attempt = waiting.attempt + 1 WHERE id = waiting.id;
    started := add_turn_started(in_session, in_seq, waiting.id, waiting.message_id, waiting.agent, waiting.attempt + 1, at);
    RETURN jsonb_build_object('turnId', waiting.id, 'messageId', waiting.message_id, 'tenantId', waiting.tenant_id, 'agent', waiting.agent,
      'attempt', waiting.attempt + 1, 'acceptedSeq', waiting.accepted_seq, 'acceptedAt', waiting.accepted_at, 'context', waiting.context,
      'partial', waiting.partial, 'settled', waiting.settled, 'said', said, 'seq', in_seq, 'started', started,
      'authorKind', waiting.author_kind, 'authorId', waiting.author_id);
  END $$;
`;
