import { Injectable } from '@nestjs/common';
import {
  failure,
  type Cancelled,
  type CancelTurn,
  type CreateSession,
  type Failure,
  type JoinSession,
  type LeaveSession,
  type Message,
  type Page,
  type Principal,
  type SendMessage,
  type Session,
  type UpdateSession,
} from '#libs/contracts';
import { Gateway, refused, type JoinGrant, type Outcome, type SendOutcome, type SendReceipt, type Subscriber, type Via } from '#libs/channel-sdk';
import { StorageError, Tracing, type PageRequest, type Span, type SessionFilter, type TurnRecord } from '#libs/ports';
import { MessageMetrics } from '../observability/metrics/message-metrics.js';
import { Cancellation } from './cancellation.js';
import { DoorsState } from './doors-state.js';
import { Ingress } from './ingress.js';
import { Joins } from './joins.js';
import { Readings } from './readings.js';
import { SessionService } from './session-service.js';

const STORAGE_RETRY_AFTER_MS = 1000;

/** The gateway as doors see it: each call goes to the one part that owns it; storage that is away is an answer, not a fault. */
@Injectable()
export class GatewayService extends Gateway {
  constructor(
    private readonly ingress: Ingress,
    private readonly cancellation: Cancellation,
    private readonly joins: Joins,
    private readonly readings: Readings,
    private readonly sessionService: SessionService,
    private readonly doors: DoorsState,
    private readonly metrics: MessageMetrics,
    private readonly tracing: Tracing,
  ) {
    super();
  }

  override async send(principal: Principal, message: SendMessage, via: Via, receipt?: (receipt: SendReceipt) => void): Promise<SendOutcome> {
    const since = performance.now();
    const acknowledge = (told: SendReceipt): void => {
      receipt?.(told);
      this.metrics.acknowledged(via.channel, performance.now() - since);
    };
    const outcome = this.tracing.on
      ? await this.#sendTraced(principal, message, via, acknowledge)
      : await answered(this.ingress.send(principal, message, via, acknowledge));
    if (outcome.ok) this.metrics.taken(via.channel, outcome.value.accepted.duplicate);
    else this.metrics.refused(via.channel, outcome.failure.code);
    return outcome;
  }

  override cancel(principal: Principal, target: CancelTurn): Promise<Outcome<Cancelled>> {
    return answered(this.cancellation.cancel(principal, target));
  }

  override join(principal: Principal, command: JoinSession, subscriber: Subscriber): Promise<Outcome<JoinGrant>> {
    return answered(this.joins.join(principal, command, subscriber));
  }

  override leave(principal: Principal, command: LeaveSession, subscriber: Subscriber): Promise<Outcome<Record<string, never>>> {
    return answered(this.joins.leave(principal, command, subscriber));
  }

  override forget(subscriber: Subscriber): void {
    this.joins.forget(subscriber);
  }

  override message(principal: Principal, id: string): Promise<Outcome<Message>> {
    return answered(this.readings.message(principal, id));
  }

  override turn(principal: Principal, id: string): Promise<Outcome<TurnRecord>> {
    return answered(this.readings.turn(principal, id));
  }

  override messages(principal: Principal, sessionId: string, page: PageRequest): Promise<Outcome<Page<Message>>> {
    return answered(this.readings.messages(principal, sessionId, page));
  }

  override createSession(principal: Principal, session: CreateSession): Promise<Outcome<Session>> {
    return answered(this.sessionService.create(principal, session));
  }

  override session(principal: Principal, id: string): Promise<Outcome<Session>> {
    return answered(this.sessionService.get(principal, id));
  }

  override sessions(principal: Principal, page: PageRequest, filter?: SessionFilter): Promise<Outcome<Page<Session>>> {
    return answered(this.sessionService.list(principal, page, filter));
  }

  override updateSession(principal: Principal, id: string, change: UpdateSession): Promise<Outcome<Session>> {
    return answered(this.sessionService.update(principal, id, change));
  }

  override deleteSession(principal: Principal, id: string): Promise<Outcome<null>> {
    return answered(this.sessionService.delete(principal, id));
  }

  override closedTo(channel: string): Failure | null {
    return this.doors.closedTo(channel);
  }

  /** The span of the door ends with the acknowledgement; what follows from the message belongs to its trace. */
  async #sendTraced(principal: Principal, message: SendMessage, via: Via, receipt: (receipt: SendReceipt) => void): Promise<SendOutcome> {
    const attributes = { 'parley.channel': via.channel, 'parley.tenant.id': principal.tenantId, 'parley.principal.kind': principal.kind };
    const span = this.tracing.begin(`send-message ${via.channel}`, { parent: via.traceparent ?? null, kind: 'server', attributes });
    const { traceparent } = span;
    if (traceparent === null) return answered(this.ingress.send(principal, message, via, receipt));
    try {
      const outcome = await answered(
        this.ingress.send(principal, message, { ...via, traceparent }, (told) => {
          receipt({ ...told, traceparent });
          acknowledged(span, told);
        }),
      );
      if (!outcome.ok) span.fail(outcome.failure.code);
      return { ...outcome, traceparent };
    } finally {
      span.end();
    }
  }
}

function acknowledged(span: Span, { accepted }: SendReceipt): void {
  span.set({
    'gen_ai.conversation.id': accepted.sessionId,
    'parley.message.id': accepted.messageId,
    'parley.turn.id': accepted.turnId,
    'parley.message.duplicate': accepted.duplicate,
  });
  span.end();
}

async function answered<Value>(asked: Promise<Outcome<Value>>): Promise<Outcome<Value>> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return refused(failure('storage_unavailable', 'the store cannot be reached', { retryAfterMs: STORAGE_RETRY_AFTER_MS }));
  }
}
