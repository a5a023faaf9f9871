import type { ClaimedTurn, Started } from '#libs/ports';
import { turnStarted, type MessageAcceptedFields } from '../turn-facts.js';
import { checksumOf } from './event-rows.js';
import type { RoadStatements, TurnRow } from './road-statements.js';
import type { SessionRow } from './session-cache.js';
import { fromStoredText } from './stored-text.js';
import { readContext } from '../turn-context.js';

/** Gives a queued turn its next attempt and writes `turn-started` as `seq`. */
export function startQueued(road: RoadStatements, session: SessionRow, row: TurnRow, seq: number, at: number): Started {
  const attempt = row.attempt + 1;
  const agent = fromStoredText(row.agent);
  road.setRunning.run(attempt, row.id);
  const started = road.addEvent(turnStarted({ turnId: row.id, messageId: row.message_id, agent, attempt }, at), session, seq);
  const context = readContext(row.context);
  const turn = {
    turnId: row.id,
    sessionId: row.session_id,
    attempt,
    tenantId: row.tenant_id,
    messageId: row.message_id,
    agent,
    ...saidIn(road, session, row),
    ...context,
    acceptedSeq: row.accepted_seq,
    acceptedAt: row.accepted_at,
    startedAt: at,
    checkpoint: row.partial === null || row.settled === null ? null : { text: fromStoredText(row.partial), settled: row.settled },
  };
  return { turn, frames: [started] };
}

/** What the message said; of one that is damaged only what the turn itself knows. */
function saidIn(road: RoadStatements, session: SessionRow, row: TurnRow): Pick<ClaimedTurn, 'author' | 'channel' | 'content' | 'damaged'> {
  const event = road.event.get(session.number, row.accepted_seq);
  if (event === undefined || checksumOf(event.json) !== event.checksum) {
    return { author: { kind: row.author_kind, id: fromStoredText(row.author_id) }, channel: '', content: '', damaged: true };
  }
  const { author, channel, content }: MessageAcceptedFields = JSON.parse(event.json);
  return { author, channel, content };
}
