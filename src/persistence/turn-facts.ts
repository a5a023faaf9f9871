import type { Author, Content } from '#libs/contracts';
import type { AcceptRequest, Fact } from '#libs/ports';

/** `message-accepted` of a message that this call brings. */
export function messageAccepted(request: AcceptRequest): Fact {
  const { ids, clientId, channel, author, content, at } = request;
  const fields = {
    messageId: ids.message,
    turnId: ids.turn,
    ...(clientId === undefined ? {} : { clientId }),
    channel,
    author: { kind: author.kind, id: author.id },
    content,
  };
  return { type: 'message-accepted', turnId: ids.turn, at, fields };
}

/** What `message-accepted` says, read back: the content of a message is kept nowhere else. */
export interface MessageAcceptedFields {
  readonly at: string;
  readonly messageId: string;
  readonly turnId: string;
  readonly clientId?: string;
  readonly channel: string;
  readonly author: Author;
  readonly content: Content;
}

export function turnStarted(turn: { turnId: string; messageId: string; agent: string; attempt: number }, at: number): Fact {
  const { turnId, messageId, agent, attempt } = turn;
  return { type: 'turn-started', turnId, at, fields: { turnId, messageId, agent, attempt } };
}

/** `turn-cancelled` of a turn that was not running; `partial` is what an earlier attempt left behind. */
export function turnCancelled(turn: { turnId: string; messageId: string; partial: string | null }, by: Author, at: number): Fact {
  const { turnId, messageId, partial } = turn;
  const fields = { turnId, messageId, by: { kind: by.kind, id: by.id }, ...(partial === null ? {} : { partial }) };
  return { type: 'turn-cancelled', turnId, at, fields };
}

export function sessionDeleted(at: number): Fact {
  return { type: 'session-deleted', turnId: null, at, fields: {} };
}
