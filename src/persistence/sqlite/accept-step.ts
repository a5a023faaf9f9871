import { failure, isId, type Failure } from '#libs/contracts';
import { reaches, type AcceptOutcome, type AcceptRequest, type Reach, type Started, type StoredFrame } from '#libs/ports';
import { messageAccepted, turnStarted } from '../turn-facts.js';
import type { ClaimRow, RoadStatements } from './road-statements.js';
import type { SessionRow } from './session-cache.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import { contextOf, writeContext } from './turn-context.js';

/** `Inbox.accept` inside a transaction. */
export function acceptStep(road: RoadStatements, request: AcceptRequest): AcceptOutcome {
  const claim = findClaim(road, request);
  if (claim !== undefined) return answerAgain(request, claim);
  const session = request.sessionId === undefined ? undefined : findSession(road, request.sessionId, request.reach);
  const refusal = refusalOf(request, session);
  if (refusal !== null) return { kind: 'refused', failure: refusal };
  return acceptFresh(road, request, session ?? null);
}

function findClaim(road: RoadStatements, { reach, author, clientId }: AcceptRequest): ClaimRow | undefined {
  if (clientId === undefined) return undefined;
  return road.claimOf.get(reach.tenantId, author.kind, toStoredText(author.id), toStoredText(clientId));
}

function answerAgain({ reach, sessionId, fingerprint }: AcceptRequest, claim: ClaimRow): AcceptOutcome {
  const sameSession = sessionId === undefined || claim.session_named === 0 || sessionId === claim.session_id;
  const visible = reach.sessionIds === undefined || reach.sessionIds.includes(claim.session_id);
  if (claim.fingerprint !== fingerprint || !sameSession || !visible) {
    return { kind: 'refused', failure: failure('idempotency_conflict', 'this id was used for another message') };
  }
  const accepted = {
    messageId: claim.message_id,
    turnId: claim.id,
    sessionId: claim.session_id,
    seq: claim.accepted_seq,
    duplicate: true,
    status: claim.state,
  };
  return { kind: 'duplicate', accepted };
}

function refusalOf(request: AcceptRequest, session: SessionRow | undefined): Failure | null {
  if (request.sessionId !== undefined && session === undefined) return failure('not_found', 'no such session');
  if (request.sessionId === undefined && request.reach.sessionIds !== undefined) {
    return failure('permission_denied', 'this ticket is good for its sessions only; name one of them');
  }
  return request.refusal ?? null;
}

function findSession(road: RoadStatements, id: string, reach: Reach): SessionRow | undefined {
  const row = isId(id) ? road.session.get(id) : undefined;
  if (row === undefined || row.closing === 1) return undefined;
  const owner = { kind: row.owner_kind, id: fromStoredText(row.owner_id) };
  return reaches(reach, { id: row.id, tenantId: row.tenant_id, owner }) ? row : undefined;
}

function acceptFresh(road: RoadStatements, request: AcceptRequest, session: SessionRow | null): AcceptOutcome {
  const { ids } = request;
  const sessionId = session?.id ?? ids.session;
  const agent = request.agent ?? (session === null ? request.defaultAgent : fromStoredText(session.agent));
  const starts = request.start && (session === null || road.oldestOpen.get(sessionId) === undefined);
  const seq = (session?.last_seq ?? 0) + 1;
  if (session === null) addSession(road, request);
  addTurn(road, request, { sessionId, agent, starts, seq });
  const frames: StoredFrame[] = [road.addEvent(messageAccepted(request), sessionId, seq)];
  const accepted = { messageId: ids.message, turnId: ids.turn, sessionId, seq, duplicate: false, status: 'queued' as const };
  return { kind: 'accepted', accepted, frames, started: starts ? startFresh(road, request, sessionId, agent, seq) : null };
}

function addSession(road: RoadStatements, { ids, reach, author, defaultAgent, at }: AcceptRequest): void {
  const owner = toStoredText(author.id);
  road.addSession.run(ids.session, reach.tenantId, author.kind, owner, null, toStoredText(defaultAgent), '{}', at, at);
}

function addTurn(
  road: RoadStatements,
  request: AcceptRequest,
  turn: { sessionId: string; agent: string; starts: boolean; seq: number },
): void {
  const { ids, reach, author, clientId } = request;
  road.addTurn.run(
    ids.turn,
    ids.message,
    turn.sessionId,
    reach.tenantId,
    author.kind,
    toStoredText(author.id),
    clientId === undefined ? null : toStoredText(clientId),
    request.fingerprint ?? null,
    request.sessionId === undefined ? 0 : 1,
    toStoredText(turn.agent),
    turn.starts ? 'running' : 'queued',
    turn.starts ? 1 : 0,
    turn.seq,
    request.at,
    writeContext(contextOf(request)),
  );
}

function startFresh(road: RoadStatements, request: AcceptRequest, sessionId: string, agent: string, acceptedSeq: number): Started {
  const { ids, at } = request;
  const fact = turnStarted({ turnId: ids.turn, messageId: ids.message, agent, attempt: 1 }, at);
  const turn = {
    turnId: ids.turn,
    sessionId,
    attempt: 1,
    tenantId: request.reach.tenantId,
    messageId: ids.message,
    author: { kind: request.author.kind, id: request.author.id },
    agent,
    channel: request.channel,
    content: request.content,
    ...contextOf(request),
    acceptedSeq,
    acceptedAt: at,
    startedAt: at,
    checkpoint: null,
  };
  return { turn, frames: [road.addEvent(fact, sessionId, acceptedSeq + 1)] };
}
