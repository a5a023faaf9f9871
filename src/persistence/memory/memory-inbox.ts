import { failure, type Author, type Failure } from '#libs/contracts';
import {
  Inbox,
  reaches,
  type AcceptOutcome,
  type AcceptRequest,
  type CancelOutcome,
  type Checkpoint,
  type Fact,
  type Finished,
  type Lease,
  type OpenTurn,
  type Reach,
  type Stale,
  type Started,
  type StoredFrame,
  type TurnEnd,
} from '#libs/ports';
import { messageAccepted, turnCancelled, turnStarted } from '../turn-facts.js';
import type { MemoryState, StoredSession, StoredTurn } from './memory-state.js';
import { requestOf, traceOf } from '../turn-context.js';

/** The road of messages in memory: each step runs whole, in the order of the calls. */
export class MemoryInbox extends Inbox {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    super();
    this.#state = state;
  }

  override accept(request: AcceptRequest, committed?: (outcome: AcceptOutcome) => void): Promise<AcceptOutcome> {
    return this.#state.step(() => this.#accept(structuredClone(request)), committed);
  }

  override claim(sessionId: string, at: number, committed?: (started: Started | null) => void, agent?: string): Promise<Started | null> {
    return this.#state.step(() => {
      const session = this.#state.sessions.get(sessionId);
      if (session === undefined || (agent !== undefined && this.#waiting(session)?.agent !== agent)) return null;
      return this.#startNext(session, at);
    }, committed);
  }

  override async waitingAgent(sessionId: string): Promise<string | null> {
    const session = this.#state.sessions.get(sessionId);
    return session === undefined ? null : (this.#waiting(session)?.agent ?? null);
  }

  override append(
    lease: Lease,
    facts: readonly Fact[],
    checkpoint?: Checkpoint,
    committed?: (frames: readonly StoredFrame[]) => void,
  ): Promise<readonly StoredFrame[] | Stale> {
    return this.#state.step(
      () => {
        const held = this.#held(lease);
        if (held === null) return 'stale';
        if (checkpoint !== undefined) held.turn.checkpoint = checkpoint;
        return facts.map((fact) => this.#state.append(held.session, fact));
      },
      (frames) => {
        if (frames !== 'stale') committed?.(frames);
      },
    );
  }

  override checkpoint(lease: Lease, checkpoint: Checkpoint): Promise<boolean> {
    return this.#state.step(() => {
      const held = this.#held(lease);
      if (held !== null) held.turn.checkpoint = checkpoint;
      return held !== null;
    });
  }

  override finish(lease: Lease, end: TurnEnd, startNext: boolean, committed?: (finished: Finished) => void): Promise<Finished | Stale> {
    return this.#state.step(
      () => {
        const held = this.#held(lease);
        if (held === null) return 'stale';
        const frames = [this.#end(held.session, held.turn, end)];
        return { frames, started: startNext ? this.#startNext(held.session, end.fact.at) : null };
      },
      (finished) => {
        if (finished !== 'stale') committed?.(finished);
      },
    );
  }

  override release(lease: Lease): Promise<boolean> {
    return this.#state.step(() => {
      const held = this.#held(lease);
      if (held !== null) held.turn.state = 'queued';
      return held !== null;
    });
  }

  override cancel(
    target: { readonly turnId: string } | { readonly messageId: string },
    reach: Reach,
    by: Author,
    at: number,
    committed?: (outcome: CancelOutcome) => void,
  ): Promise<CancelOutcome> {
    return this.#state.step(() => {
      const turnId = 'turnId' in target ? target.turnId : this.#state.turnOfMessage.get(target.messageId);
      const turn = turnId === undefined ? undefined : this.#state.turns.get(turnId);
      const session = turn && this.#state.sessions.get(turn.sessionId);
      if (turn === undefined || session === undefined || !reaches(reach, session)) return { kind: 'not_found' };
      const where = { turnId: turn.turnId, sessionId: turn.sessionId };
      if (turn.state === 'running') return { kind: 'running', ...where };
      if (turn.state !== 'queued') return { kind: 'ended', ...where, state: turn.state, frames: [] };
      const fact = turnCancelled({ ...turn, partial: turn.checkpoint?.text ?? null }, by, at);
      return { kind: 'ended', ...where, state: 'cancelled', frames: [this.#end(session, turn, { state: 'cancelled', fact })] };
    }, committed);
  }

  override async openTurns(afterTurnId: string | null, limit: number): Promise<readonly OpenTurn[]> {
    return [...this.#state.turns.values()]
      .filter((turn) => turn.endedSeq === null && turn.turnId > (afterTurnId ?? ''))
      .sort((a, b) => (a.turnId < b.turnId ? -1 : 1))
      .slice(0, limit)
      .map(({ turnId, sessionId, attempt, tenantId, messageId, state, checkpoint, request }) => {
        const of = { turnId, sessionId, attempt, tenantId, messageId };
        return { ...of, state: state === 'running' ? 'running' : 'queued', checkpoint, ...requestOf(request ?? {}) };
      });
  }

  #waiting(session: StoredSession): StoredTurn | null {
    const oldest = session.closing ? undefined : this.#state.oldestOpen(session);
    return oldest?.state === 'queued' ? oldest : null;
  }

  #accept(request: AcceptRequest): AcceptOutcome {
    const claimKey = claimKeyOf(request);
    const claimedBy = claimKey === null ? undefined : this.#state.turnOfClaim.get(claimKey);
    const claimed = claimedBy === undefined ? undefined : this.#state.turns.get(claimedBy);
    if (claimed !== undefined) return answerAgain(request, claimed);
    const existing = request.sessionId === undefined ? undefined : this.#reached(request.sessionId, request.reach);
    const refusal = refusalOf(request, existing);
    if (refusal !== null) return { kind: 'refused', failure: refusal };
    const session = existing ?? this.#newSession(request);
    const starts = request.start && this.#state.oldestOpen(session) === undefined;
    const frames = [this.#state.append(session, messageAccepted(request))];
    const turn = this.#addTurn(request, session, claimKey);
    const accepted = { messageId: turn.messageId, turnId: turn.turnId, sessionId: session.id, seq: turn.acceptedSeq, duplicate: false };
    const started = starts ? this.#startNext(session, request.at) : null;
    return { kind: 'accepted', accepted: { ...accepted, status: 'queued' }, frames, started };
  }

  #reached(sessionId: string, reach: Reach): StoredSession | undefined {
    const session = this.#state.sessions.get(sessionId);
    return session !== undefined && !session.closing && reaches(reach, session) ? session : undefined;
  }

  #newSession({ ids, reach, author, defaultAgent, at }: AcceptRequest): StoredSession {
    const times = { createdAt: at, updatedAt: at };
    const empty = { title: undefined, metadata: {}, firstSeq: 1, lastSeq: 0, closing: false, events: [], turnIds: [] };
    const session = { id: ids.session, tenantId: reach.tenantId, owner: author, agent: defaultAgent, ...empty, ...times };
    this.#state.sessions.set(session.id, session);
    return session;
  }

  #addTurn(request: AcceptRequest, session: StoredSession, claimKey: string | null): StoredTurn {
    const turn: StoredTurn = {
      turnId: request.ids.turn,
      sessionId: session.id,
      tenantId: session.tenantId,
      messageId: request.ids.message,
      claimKey,
      fingerprint: request.fingerprint,
      sessionNamed: request.sessionId !== undefined,
      agent: request.agent ?? session.agent,
      state: 'queued',
      attempt: 0,
      acceptedSeq: session.lastSeq,
      endedSeq: null,
      acceptedAt: request.at,
      checkpoint: null,
      request,
      erasedAt: null,
    };
    this.#state.turns.set(turn.turnId, turn);
    this.#state.turnOfMessage.set(turn.messageId, turn.turnId);
    if (claimKey !== null) this.#state.turnOfClaim.set(claimKey, turn.turnId);
    session.turnIds.push(turn.turnId);
    return turn;
  }

  #startNext(session: StoredSession, at: number): Started | null {
    const turn = session.closing ? undefined : this.#state.oldestOpen(session);
    if (turn === undefined || turn.state !== 'queued' || turn.request === null) return null;
    turn.state = 'running';
    turn.attempt += 1;
    const { author, channel, content, projectIds = [], metadata = {}, replyContext = null } = turn.request;
    const { turnId, sessionId, attempt, tenantId, messageId, agent, acceptedSeq, acceptedAt, checkpoint } = turn;
    const frames = [this.#state.append(session, turnStarted(turn, at))];
    const said = { author, channel, content, projectIds, metadata, replyContext, ...traceOf(turn.request), ...requestOf(turn.request) };
    const lease = { turnId, sessionId, attempt };
    return { turn: { ...lease, tenantId, messageId, agent, ...said, acceptedSeq, acceptedAt, startedAt: at, checkpoint }, frames };
  }

  #held(lease: Lease): { turn: StoredTurn; session: StoredSession } | null {
    const turn = this.#state.turns.get(lease.turnId);
    const session = this.#state.sessions.get(lease.sessionId);
    if (turn === undefined || session === undefined || turn.sessionId !== session.id) return null;
    return turn.state === 'running' && turn.attempt === lease.attempt ? { turn, session } : null;
  }

  #end(session: StoredSession, turn: StoredTurn, end: TurnEnd): StoredFrame {
    const frame = this.#state.append(session, end.fact);
    turn.state = end.state;
    turn.endedSeq = frame.seq;
    turn.checkpoint = null;
    return frame;
  }
}

function claimKeyOf({ reach, author, clientId }: AcceptRequest): string | null {
  return clientId === undefined ? null : JSON.stringify([reach.tenantId, author.kind, author.id, clientId]);
}

function answerAgain({ reach, sessionId, fingerprint }: AcceptRequest, turn: StoredTurn): AcceptOutcome {
  const sameSession = sessionId === undefined || !turn.sessionNamed || sessionId === turn.sessionId;
  const visible = reach.sessionIds === undefined || reach.sessionIds.includes(turn.sessionId);
  if (turn.fingerprint !== fingerprint || !sameSession || !visible) {
    return { kind: 'refused', failure: failure('idempotency_conflict', 'this id was used for another message') };
  }
  const { messageId, turnId, acceptedSeq: seq, state: status } = turn;
  return { kind: 'duplicate', accepted: { messageId, turnId, sessionId: turn.sessionId, seq, duplicate: true, status } };
}

function refusalOf(request: AcceptRequest, session: StoredSession | undefined): Failure | null {
  if (request.sessionId !== undefined && session === undefined) return failure('not_found', 'no such session');
  if (request.sessionId === undefined && request.reach.sessionIds !== undefined) {
    return failure('permission_denied', 'this ticket is good for its sessions only; name one of them');
  }
  return request.refusal ?? null;
}
