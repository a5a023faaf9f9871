import type { Message, Problem, ReplyMeta, TurnState } from '#libs/contracts';
import type { MessageAcceptedFields } from './turn-facts.js';

/** The events that say what became of a message, as they are stored. */
export interface MessageSource {
  readonly sessionId: string;
  readonly seq: number;
  readonly state: TurnState;
  /** JSON of `message-accepted`. */
  readonly accepted: string;
  /** JSON of the event that ended the turn. */
  readonly ended: string | null;
}

interface TerminalFields {
  readonly type: string;
  readonly at: string;
  readonly content: string;
  readonly meta: ReplyMeta;
  readonly error: Problem;
}

/** The message as it is shown, put together from its first and last event. */
export function toMessage(source: MessageSource): Message {
  const said: MessageAcceptedFields = JSON.parse(source.accepted);
  const end: TerminalFields | null = source.ended === null ? null : JSON.parse(source.ended);
  return {
    id: said.messageId,
    sessionId: source.sessionId,
    seq: source.seq,
    turnId: said.turnId,
    ...(said.clientId === undefined ? {} : { clientId: said.clientId }),
    channel: said.channel,
    author: said.author,
    content: said.content,
    status: source.state,
    ...(end?.type === 'turn-completed' ? { reply: { content: end.content, meta: end.meta } } : {}),
    ...(end?.type === 'turn-failed' ? { error: end.error } : {}),
    createdAt: said.at,
    ...(end === null ? {} : { endedAt: end.at }),
  };
}
