import { createHash } from 'node:crypto';
import { v7 as newId } from 'uuid';
import type { Author, Content } from '#libs/contracts';
import type { AcceptOutcome, AcceptRequest, ClaimedTurn, Fact, Finished, Lease, Reach, Stale, StoredFrame, TurnEnd } from '#libs/ports';
import type { PortedStore } from './ported-store.js';

type Fresh = Extract<AcceptOutcome, { kind: 'accepted' }>;

/** A tenant of its own with one user, so that scenes on one store do not meet. */
export interface Scene {
  readonly tenantId: string;
  readonly author: Author;
  readonly reach: Reach;
  request(more?: Partial<AcceptRequest>): AcceptRequest;
  /** Accepts a message that must be new. */
  accept(more?: Partial<AcceptRequest>): Promise<Fresh>;
  /** Accepts a message whose turn must start at once. */
  start(more?: Partial<AcceptRequest>): Promise<ClaimedTurn>;
  newSession(): Promise<string>;
  end(turn: Lease & { messageId: string }, state?: TurnEnd['state'], content?: string): TurnEnd;
  /** All stored events of a session. */
  events(sessionId: string): Promise<readonly StoredFrame[]>;
}

let clock = 1_700_000_000_000;

/** Milliseconds that only go forward. */
export function tick(): number {
  clock += 1;
  return clock;
}

export function scene(store: PortedStore): Scene {
  const tenantId = `t-${newId()}`;
  const author: Author = { kind: 'user', id: 'ada' };
  const reach: Reach = { tenantId, owner: author };
  const request = (more: Partial<AcceptRequest> = {}): AcceptRequest => ({
    reach,
    author,
    channel: 'http',
    ids: { message: newId(), turn: newId(), session: newId() },
    fingerprint: fingerprint(more.content ?? 'hello'),
    content: 'hello',
    defaultAgent: 'concierge',
    start: false,
    at: tick(),
    ...more,
  });
  const accept = async (more: Partial<AcceptRequest> = {}): Promise<Fresh> => {
    const outcome = await store.inbox.accept(request(more));
    if (outcome.kind !== 'accepted') throw new Error(`expected a fresh accept, got ${JSON.stringify(outcome)}`);
    return outcome;
  };
  return {
    tenantId,
    author,
    reach,
    request,
    accept,
    start: async (more = {}) => {
      const { started } = await accept({ ...more, start: true });
      if (started === null) throw new Error('expected the turn to start at once');
      return started.turn;
    },
    newSession: async () => {
      const session = await store.sessions.create({ id: newId(), tenantId, owner: author, agent: 'concierge', metadata: {}, at: tick() });
      return session.id;
    },
    end: (turn, state = 'completed', content = 'done') => endOf(turn, state, content),
    events: (sessionId) => store.history.events(sessionId, 0, 10_000),
  };
}

export function fingerprint(content: Content): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url');
}

export function fact(turn: Lease, type: Fact['type'], fields: object = {}): Fact {
  return { type, turnId: turn.turnId, at: tick(), fields: { turnId: turn.turnId, ...fields } };
}

const META = {
  agent: 'concierge',
  model: 'local/concierge',
  phase: null,
  evaluationPassed: null,
  queuedMs: 0,
  durationMs: 1,
  usage: { inputTokens: 1, outputTokens: 1 },
};
const PROBLEM = { type: 'x', title: 'x', status: 500, code: 'execution_failed', detail: 'x', requestId: 'x', retryable: false };

function endOf(turn: Lease & { messageId: string }, state: TurnEnd['state'], content: string): TurnEnd {
  const { messageId } = turn;
  switch (state) {
    case 'completed':
      return { state, fact: fact(turn, 'turn-completed', { messageId, content, meta: META }) };
    case 'failed':
      return { state, fact: fact(turn, 'turn-failed', { messageId, error: PROBLEM }) };
    case 'cancelled':
      return { state, fact: fact(turn, 'turn-cancelled', { messageId, by: { kind: 'user', id: 'ada' } }) };
  }
}

export function settled(outcome: Finished | Stale): Finished {
  if (outcome === 'stale') throw new Error('expected the lease to be good');
  return outcome;
}

/** The event as its readers get it. */
export function parsed(frame: StoredFrame | undefined): Record<string, unknown> {
  if (frame === undefined) throw new Error('expected an event');
  const event: Record<string, unknown> = JSON.parse(frame.json);
  return event;
}

export function typesOf(frames: readonly StoredFrame[]): string[] {
  return frames.map((frame) => frame.type);
}

export function seqsOf(frames: readonly StoredFrame[]): number[] {
  return frames.map((frame) => frame.seq);
}

/** 1, 2, 3 … up to `last`. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
