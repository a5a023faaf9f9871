import { isId, type Author, type TurnState } from '#libs/contracts';
import {
  Inbox,
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
import { AcceptMessage, type AcceptAnswer } from './accept-message.js';
import type { Database } from './database.js';
import { fromJsonText, toJsonText } from './json-text.js';
import { reachJson } from './reach-json.js';
import type { StepWriter } from './step-writer.js';
import { toCheckpoint, toStarted, type StartedAnswer } from './turn-start.js';
import { numberFact, writeFact } from './written-fact.js';
import { readContext, requestOf } from '../turn-context.js';

/** What the steps of a lease answer; `seq` is the first number they gave. */
interface HeldAnswer {
  readonly held: boolean;
  readonly seq: number;
}

interface FinishAnswer extends HeldAnswer {
  readonly started: StartedAnswer | null;
}

type CancelAnswer =
  | { readonly kind: 'not_found' }
  | {
      readonly kind: 'found';
      readonly turnId: string;
      readonly sessionId: string;
      readonly state: TurnState;
      readonly seq: number;
      readonly ended: string | null;
    };

/**
 * The road of messages on PostgreSQL. A step whose connection broke while its commit was under way rejects with `StorageError`
 * although it may have happened: repeated with the same client id or lease it is answered as a duplicate or as stale.
 */
export class PostgresInbox extends Inbox {
  readonly #writer: StepWriter;
  readonly #database: Database;

  constructor(writer: StepWriter, database: Database) {
    super();
    this.#writer = writer;
    this.#database = database;
  }

  override accept(request: AcceptRequest, committed?: (outcome: AcceptOutcome) => void): Promise<AcceptOutcome> {
    const message = new AcceptMessage(request);
    return this.#writer.submit(message.call, (answer: AcceptAnswer) => message.outcome(answer), committed);
  }

  override async claim(
    sessionId: string,
    at: number,
    committed?: (started: Started | null) => void,
    agent?: string,
  ): Promise<Started | null> {
    const only = agent === undefined ? {} : { agent: toJsonText(agent) };
    const call = { step: 'claim', sessionId: isId(sessionId) ? sessionId : '', at, iso: new Date(at).toISOString(), ...only };
    const read = ({ started = null }: { started?: StartedAnswer | null }) => (started === null ? null : toStarted(started, sessionId, at));
    return this.#writer.submit(call, read, committed);
  }

  override async waitingAgent(sessionId: string): Promise<string | null> {
    if (!isId(sessionId)) return null;
    const oldest = await this.#database
      .selectFrom('turns')
      .select(['agent', 'state'])
      .where('session_id', '=', sessionId)
      .where('ended_seq', 'is', null)
      .orderBy('accepted_seq')
      .limit(1)
      .executeTakeFirst();
    return oldest?.state === 'queued' ? fromJsonText(oldest.agent) : null;
  }

  override append(
    lease: Lease,
    facts: readonly Fact[],
    checkpoint?: Checkpoint,
    committed?: (frames: readonly StoredFrame[]) => void,
  ): Promise<readonly StoredFrame[] | Stale> {
    const written = facts.map(writeFact);
    const at = facts.at(-1)?.at ?? 0;
    const call = { step: 'append', ...leaseJson(lease), facts: written, at, ...(checkpoint && checkpointJson(checkpoint)) };
    const read = ({ held, seq }: HeldAnswer): readonly StoredFrame[] | Stale =>
      held ? written.map((fact, index) => numberFact(fact, lease.sessionId, seq + index)) : 'stale';
    return this.#writer.submit(call, read, (frames) => {
      if (frames !== 'stale') committed?.(frames);
    });
  }

  override checkpoint(lease: Lease, checkpoint: Checkpoint): Promise<boolean> {
    const call = { step: 'checkpoint', ...leaseJson(lease), ...checkpointJson(checkpoint) };
    return this.#writer.submit(call, ({ held }: HeldAnswer) => held);
  }

  override finish(lease: Lease, end: TurnEnd, startNext: boolean, committed?: (finished: Finished) => void): Promise<Finished | Stale> {
    const { sessionId } = lease;
    const { at } = end.fact;
    const fact = writeFact(end.fact);
    const call = { step: 'finish', ...leaseJson(lease), state: end.state, startNext, at, fact };
    const read = ({ held, seq, started }: FinishAnswer): Finished | Stale =>
      held ? { frames: [numberFact(fact, sessionId, seq)], started: started === null ? null : toStarted(started, sessionId, at) } : 'stale';
    return this.#writer.submit(call, read, (finished) => {
      if (finished !== 'stale') committed?.(finished);
    });
  }

  override release(lease: Lease): Promise<boolean> {
    return this.#writer.submit({ step: 'release', ...leaseJson(lease) }, ({ held }: HeldAnswer) => held);
  }

  override cancel(
    target: { readonly turnId: string } | { readonly messageId: string },
    reach: Reach,
    by: Author,
    at: number,
    committed?: (outcome: CancelOutcome) => void,
  ): Promise<CancelOutcome> {
    const id = 'turnId' in target ? { turnId: known(target.turnId) } : { messageId: known(target.messageId) };
    const author = JSON.stringify({ kind: by.kind, id: by.id });
    const call = { step: 'cancel', ...id, reach: reachJson(reach), by: author, at, iso: new Date(at).toISOString() };
    return this.#writer.submit(call, toCancelOutcome, committed);
  }

  override async openTurns(afterTurnId: string | null, limit: number): Promise<readonly OpenTurn[]> {
    const rows = await this.#database
      .selectFrom('turns')
      .select(['id', 'session_id', 'attempt', 'tenant_id', 'message_id', 'state', 'partial', 'settled', 'context'])
      .where('ended_seq', 'is', null)
      .where('id', '>', known(afterTurnId ?? ''))
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      turnId: row.id,
      sessionId: row.session_id,
      attempt: row.attempt,
      tenantId: row.tenant_id,
      messageId: row.message_id,
      state: row.state === 'running' ? 'running' : 'queued',
      checkpoint: toCheckpoint(row),
      ...requestOf(readContext(row.context)),
    }));
  }
}

/** An id that nobody made names nothing. */
function known(id: string): string {
  return isId(id) ? id : '';
}

function leaseJson({ turnId, sessionId, attempt }: Lease): object {
  return { turnId: known(turnId), sessionId: known(sessionId), attempt };
}

function checkpointJson({ text, settled }: Checkpoint): object {
  return { text: toJsonText(text), settled };
}

function toCancelOutcome(answer: CancelAnswer): CancelOutcome {
  if (answer.kind === 'not_found') return { kind: 'not_found' };
  const { turnId, sessionId, state, seq, ended } = answer;
  if (state === 'running') return { kind: 'running', turnId, sessionId };
  const frames: readonly StoredFrame[] = ended === null ? [] : [{ type: 'turn-cancelled', sessionId, seq, turnId, json: ended }];
  return { kind: 'ended', turnId, sessionId, state, frames };
}
