import type { ClaimedTurn } from '#libs/ports';

const SESSION = '01890000-0000-7000-8000-000000000001';
const MESSAGE = '01890000-0000-7000-8000-000000000002';
const TURN = '01890000-0000-7000-8000-000000000003';

/** A turn as the store hands it out, for a message of `content`. */
export function claimedTurn(content: ClaimedTurn['content'], more: Partial<ClaimedTurn> = {}): ClaimedTurn {
  return {
    turnId: TURN,
    sessionId: SESSION,
    attempt: 1,
    tenantId: 'default',
    messageId: MESSAGE,
    author: { kind: 'key', id: 'k' },
    agent: 'concierge',
    channel: 'http',
    content,
    projectIds: [],
    metadata: {},
    replyContext: null,
    acceptedSeq: 1,
    acceptedAt: 0,
    startedAt: 0,
    checkpoint: null,
    ...more,
  };
}
