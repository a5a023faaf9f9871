import type { Author } from '#libs/contracts';
import type { Checkpoint, ClaimedTurn, Started, StoredFrame } from '#libs/ports';
import type { MessageAcceptedFields } from '../turn-facts.js';
import { fromJsonText } from './json-text.js';
import { readContext } from '../turn-context.js';

/** What `start_next` answers. Free text is JSON text; `said` and `started` are whole events; a damaged message has no `said`. */
export interface StartedAnswer {
  readonly turnId: string;
  readonly messageId: string;
  readonly tenantId: string;
  readonly agent: string;
  readonly attempt: number;
  readonly acceptedSeq: number;
  readonly acceptedAt: number;
  readonly context: string | null;
  readonly partial: string | null;
  readonly settled: number | null;
  readonly said: string | null;
  readonly authorKind: Author['kind'];
  readonly authorId: string;
  readonly seq: number;
  readonly started: string;
}

export function toStarted(answer: StartedAnswer, sessionId: string, startedAt: number): Started {
  const { turnId, messageId, tenantId, attempt, acceptedSeq, acceptedAt } = answer;
  const context = readContext(answer.context);
  const turn = {
    turnId,
    sessionId,
    attempt,
    tenantId,
    messageId,
    agent: fromJsonText(answer.agent),
    ...saidIn(answer),
    ...context,
    acceptedSeq,
    acceptedAt,
    startedAt,
    checkpoint: toCheckpoint(answer),
  };
  return { turn, frames: [turnStartedFrame(turnId, sessionId, answer.seq, answer.started)] };
}

/** What the message said; of one that is damaged only what the turn itself knows. */
function saidIn({ said, authorKind, authorId }: StartedAnswer): Pick<ClaimedTurn, 'author' | 'channel' | 'content' | 'damaged'> {
  if (said === null) return { author: { kind: authorKind, id: fromJsonText(authorId) }, channel: '', content: '', damaged: true };
  const { author, channel, content }: MessageAcceptedFields = JSON.parse(said);
  return { author, channel, content };
}

export function turnStartedFrame(turnId: string, sessionId: string, seq: number, json: string): StoredFrame {
  return { type: 'turn-started', sessionId, seq, turnId, json };
}

export function toCheckpoint({ partial, settled }: { partial: string | null; settled: number | null }): Checkpoint | null {
  return partial === null || settled === null ? null : { text: fromJsonText(partial), settled };
}
