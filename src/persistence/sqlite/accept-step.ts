import { failure, isId, type Failure } from '#libs/contracts';
import { reaches, type AcceptOutcome, type AcceptRequest, type Reach, type Started, type StoredFrame } from '#libs/ports';
import { messageAccepted, turnStarted } from '../turn-facts.js';
import type { ClaimRow, RoadStatements } from './road-statements.js';
import type { SessionRow } from './session-cache.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import { contextOf, writeContext } from '../turn-context.js';

/** `Inbox.accept` inside a transaction. */
export function acceptStep(road: RoadStatements, request: AcceptRequest): AcceptOutcome {
  const session = request.sessionId === undefined ? undefined : findSession(road, request.sessionId, request.reach);
  const refusal = refusalOf(request, session);
  const accepted = refusal === null ? acceptFresh(road, request, session ?? null) : null;
  if (accepted !== null) return accepted;
  const claim = findClaim(road, request);
  if (claim !== undefined) return answerAgain(request, claim);
  if (refusal === null) throw new Error('a message was neither new nor sent before');
  return { kind: 'refused', failure: refusal };
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

/** Null, with nothing written, when the client's id was claimed before: the claim is tried by writing it, which is read and write in one. */
function acceptFresh(road: RoadStatements, request: AcceptRequest, known: SessionRow | null): AcceptOutcome | null {
  const { ids } = request;
  const agent = request.agent ?? (known === null ? request.defaultAgent : fromStoredText(known.agent));
  const starts = request.start && (known === null || road.oldestOpen.get(known.id) === undefined);
  const sessionId = known?.id ?? ids.session;
  const seq = (known?.last_seq ?? 0) + 1;
  if (!addTurn(road, request, { sessionId, agent, starts, seq })) return null;
  const session = known ?? addSession(road, request);
  const frames: StoredFrame[] = [road.addEvent(messageAccepted(request), session, seq)];
  const accepted = { messageId: ids.message, turnId: ids.turn, sessionId, seq, duplicate: false, status: 'queued' as const };
  return { kind: 'accepted', accepted, frames, started: starts ? startFresh(road, request, session, agent, seq) : null };
}

function addSession(road: RoadStatements, { ids, reach, author, defaultAgent, at }: AcceptRequest): SessionRow {
  return road.addSession({ id: ids.session, tenantId: reach.tenantId, owner: author, title: null, agent: defaultAgent, metadata: '{}', at });
}

/** False when the client's id was claimed before. */
function addTurn(
  road: RoadStatements,
  request: AcceptRequest,
  turn: { sessionId: string; agent: string; starts: boolean; seq: number },
): boolean {
  const { ids, reach, author, clientId } = request;
  const added = road.addTurn.run(
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
  return added === 1;
}

function startFresh(road: RoadStatements, request: AcceptRequest, session: SessionRow, agent: string, acceptedSeq: number): Started {
  const { ids, at } = request;
  const fact = turnStarted({ turnId: ids.turn, messageId: ids.message, agent, attempt: 1 }, at);
  const turn = {
    turnId: ids.turn,
    sessionId: session.id,
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
  return { turn, frames: [road.addEvent(fact, session, acceptedSeq + 1)] };
}
