import type { Checkpoint, Started, StoredFrame } from '#libs/ports';
import type { MessageAcceptedFields } from '../turn-facts.js';
import { fromJsonText } from './json-text.js';
import { readContext } from './turn-context.js';

/** What `start_next` answers. Free text is JSON text; `said` and `started` are whole events. */
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
  readonly said: string;
  readonly seq: number;
  readonly started: string;
}

export function toStarted(answer: StartedAnswer, sessionId: string, startedAt: number): Started {
  const { turnId, messageId, tenantId, attempt, acceptedSeq, acceptedAt } = answer;
  const { author, channel, content }: MessageAcceptedFields = JSON.parse(answer.said);
  const context = readContext(answer.context);
  const turn = {
    turnId,
    sessionId,
    attempt,
    tenantId,
    messageId,
    author,
    agent: fromJsonText(answer.agent),
    channel,
    content,
    projectIds: context.projectIds,
    metadata: context.metadata,
    replyContext: context.replyContext,
    acceptedSeq,
    acceptedAt,
    startedAt,
    checkpoint: toCheckpoint(answer),
  };
  return { turn, frames: [turnStartedFrame(turnId, sessionId, answer.seq, answer.started)] };
}

export function turnStartedFrame(turnId: string, sessionId: string, seq: number, json: string): StoredFrame {
  return { type: 'turn-started', sessionId, seq, turnId, json };
}

export function toCheckpoint({ partial, settled }: { partial: string | null; settled: number | null }): Checkpoint | null {
  return partial === null || settled === null ? null : { text: fromJsonText(partial), settled };
}
