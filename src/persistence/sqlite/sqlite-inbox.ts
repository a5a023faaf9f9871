import { isId, type Author } from '#libs/contracts';
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
import { turnCancelled } from '../turn-facts.js';
import { acceptStep } from './accept-step.js';
import type { GroupCommit } from './group-commit.js';
import type { RoadStatements, TurnRow } from './road-statements.js';
import type { SessionRow } from './session-cache.js';
import { fromStoredText, toStoredText } from './stored-text.js';
import { toStorageError } from './to-storage-error.js';
import { startQueued } from './turn-start.js';
import { readContext, requestOf } from '../turn-context.js';

/** The road of messages on SQLite; steps of one turn of the event loop share one commit. */
export class SqliteInbox extends Inbox {
  readonly #writer: GroupCommit;
  readonly #road: RoadStatements;

  constructor(writer: GroupCommit, road: RoadStatements) {
    super();
    this.#writer = writer;
    this.#road = road;
  }

  override accept(request: AcceptRequest, committed?: (outcome: AcceptOutcome) => void): Promise<AcceptOutcome> {
    return this.#writer.submit(() => acceptStep(this.#road, request), committed);
  }

  override claim(sessionId: string, at: number, committed?: (started: Started | null) => void, agent?: string): Promise<Started | null> {
    return this.#writer.submit(() => {
      const session = isId(sessionId) ? this.#road.session.get(sessionId) : undefined;
      if (session === undefined) return null;
      const next = this.#next(session);
      if (next === null || (agent !== undefined && fromStoredText(next.agent) !== agent)) return null;
      return startQueued(this.#road, session, next, session.last_seq + 1, at);
    }, committed);
  }

  override async waitingAgent(sessionId: string): Promise<string | null> {
    try {
      const session = isId(sessionId) ? this.#road.session.get(sessionId) : undefined;
      const next = session === undefined ? null : this.#next(session);
      return next === null ? null : fromStoredText(next.agent);
    } catch (error) {
      throw toStorageError(error);
    }
  }

  override append(
    lease: Lease,
    facts: readonly Fact[],
    checkpoint?: Checkpoint,
    committed?: (frames: readonly StoredFrame[]) => void,
  ): Promise<readonly StoredFrame[] | Stale> {
    return this.#writer.submit(
      () => {
        const held = checkpoint === undefined ? this.#holds(lease) : this.#keep(lease, checkpoint);
        return held ? this.#number(lease.sessionId, facts) : 'stale';
      },
      (frames) => {
        if (frames !== 'stale') committed?.(frames);
      },
    );
  }

  override checkpoint(lease: Lease, checkpoint: Checkpoint): Promise<boolean> {
    return this.#writer.submit(() => this.#keep(lease, checkpoint));
  }

  override finish(lease: Lease, end: TurnEnd, startNext: boolean, committed?: (finished: Finished) => void): Promise<Finished | Stale> {
    return this.#writer.submit(
      () => this.#finish(lease, end, startNext),
      (finished) => {
        if (finished !== 'stale') committed?.(finished);
      },
    );
  }

  override release(lease: Lease): Promise<boolean> {
    return this.#writer.submit(() => this.#road.setReleased.run(lease.turnId, lease.sessionId, lease.attempt) === 1);
  }

  override cancel(
    target: { readonly turnId: string } | { readonly messageId: string },
    reach: Reach,
    by: Author,
    at: number,
    committed?: (outcome: CancelOutcome) => void,
  ): Promise<CancelOutcome> {
    return this.#writer.submit(() => {
      const turn = this.#find(target);
      const session = turn && this.#road.session.get(turn.session_id);
      if (turn === undefined || session === undefined || !reachesRow(reach, session)) return { kind: 'not_found' };
      return this.#cancel(turn, session, by, at);
    }, committed);
  }

  override async openTurns(afterTurnId: string | null, limit: number): Promise<readonly OpenTurn[]> {
    try {
      return this.#road.openTurns.all(afterTurnId ?? '', limit).map(toOpenTurn);
    } catch (error) {
      throw toStorageError(error);
    }
  }

  #finish(lease: Lease, end: TurnEnd, startNext: boolean): Finished | Stale {
    const session = this.#road.session.get(lease.sessionId);
    if (session === undefined) return 'stale';
    const seq = session.last_seq + 1;
    if (!this.#road.end(lease, end.state, seq)) return 'stale';
    const frames = [this.#road.addEvent(end.fact, session, seq)];
    const next = startNext ? this.#next(session) : null;
    const started = next === null ? null : startQueued(this.#road, session, next, seq + 1, end.fact.at);
    return { frames, started };
  }

  /** A running turn is older than all that wait, so the oldest open one tells whether a turn may start. */
  #next(session: SessionRow): TurnRow | null {
    if (session.closing === 1) return null;
    const oldest = this.#road.oldestOpen.get(session.id);
    return oldest?.state === 'queued' ? oldest : null;
  }

  #cancel(turn: TurnRow, session: SessionRow, by: Author, at: number): CancelOutcome {
    const where = { turnId: turn.id, sessionId: turn.session_id };
    if (turn.state === 'running') return { kind: 'running', ...where };
    if (turn.state !== 'queued') return { kind: 'ended', ...where, state: turn.state, frames: [] };
    const seq = session.last_seq + 1;
    const partial = turn.partial === null ? null : fromStoredText(turn.partial);
    this.#road.setCancelled.run(seq, turn.id);
    const fact = turnCancelled({ turnId: turn.id, messageId: turn.message_id, partial }, by, at);
    return { kind: 'ended', ...where, state: 'cancelled', frames: [this.#road.addEvent(fact, session, seq)] };
  }

  #find(target: { readonly turnId: string } | { readonly messageId: string }): TurnRow | undefined {
    if ('turnId' in target) return isId(target.turnId) ? this.#road.turnById.get(target.turnId) : undefined;
    return isId(target.messageId) ? this.#road.turnByMessage.get(target.messageId) : undefined;
  }

  #holds(lease: Lease): boolean {
    return this.#road.held.get(lease.turnId, lease.sessionId, lease.attempt) !== undefined;
  }

  #keep(lease: Lease, { text, settled }: Checkpoint): boolean {
    return this.#road.setCheckpoint.run(toStoredText(text), settled, lease.turnId, lease.sessionId, lease.attempt) === 1;
  }

  #number(sessionId: string, facts: readonly Fact[]): readonly StoredFrame[] {
    if (facts.length === 0) return [];
    const session = this.#road.session.get(sessionId);
    if (session === undefined) return [];
    const first = session.last_seq + 1;
    return facts.map((fact, index) => this.#road.addEvent(fact, session, first + index));
  }
}

function reachesRow(reach: Reach, session: SessionRow): boolean {
  const owner = { kind: session.owner_kind, id: fromStoredText(session.owner_id) };
  return reaches(reach, { id: session.id, tenantId: session.tenant_id, owner });
}

function toOpenTurn(row: TurnRow): OpenTurn {
  return {
    turnId: row.id,
    sessionId: row.session_id,
    attempt: row.attempt,
    tenantId: row.tenant_id,
    messageId: row.message_id,
    state: row.state === 'running' ? 'running' : 'queued',
    checkpoint: row.partial === null || row.settled === null ? null : { text: fromStoredText(row.partial), settled: row.settled },
    ...requestOf(readContext(row.context)),
  };
}
