import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { failure, type Failure, type Principal, type SendMessage } from '#libs/contracts';
import { refused, type SendOutcome, type SendReceipt, type Via } from '#libs/channel-sdk';
import { reachOf } from '#libs/policy';
import { Clock, IdGenerator, Inbox, type AcceptOutcome, type AcceptRequest, type Decision, type Reach } from '#libs/ports';
import { failpoint } from '../observability/failpoint.js';
import { OrchestratorService } from '../orchestrator/orchestrator.service.js';
import { TokenBudgets } from '../throttling/token-budgets.js';
import { MessageLimits, tooMany } from '../throttling/message-limits.js';
import { TurnsAtOnce } from '../throttling/turns-at-once.js';
import { DoorsState } from './doors-state.js';
import { Egress } from './egress.js';
import { exceeds } from './content-size.js';
import { fingerprint } from './fingerprint.js';
import { Joins } from './joins.js';
import { SessionQueue } from './session-queue.js';
import { TurnNotices } from './turn-notices.js';
import { TurnRequests } from './turn-requests.js';

/** The way in: whether a message may come in is decided from facts, then it is claimed, stored and queued in one step. */
@Injectable()
export class Ingress {
  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly ids: IdGenerator,
    private readonly inbox: Inbox,
    private readonly orchestrator: OrchestratorService,
    private readonly limits: MessageLimits,
    private readonly budgets: TokenBudgets,
    private readonly turns: TurnsAtOnce,
    private readonly doors: DoorsState,
    private readonly queue: SessionQueue,
    private readonly egress: Egress,
    private readonly joins: Joins,
    private readonly notices: TurnNotices,
    private readonly requests: TurnRequests,
  ) {}

  async send(principal: Principal, message: SendMessage, via: Via, receipt?: (receipt: SendReceipt) => void): Promise<SendOutcome> {
    const reach = reachOf(principal, 'write');
    const wrong = this.#wrong(principal, message, reach);
    if (wrong !== null || reach === null) return refused(wrong ?? failure('permission_denied', 'the scope messages is needed'));

    const at = this.clock.now();
    const ids = { message: this.ids.next(), turn: this.ids.next(), session: this.ids.next() };
    const sessionId = message.sessionId ?? ids.session;
    let refusal = this.#unknownAgent(principal, message) ?? this.doors.closedTo(via.channel) ?? this.#full(principal, sessionId);
    let limits: Decision | null = null;
    if (refusal === null) {
      const decision = this.limits.take(principal, at);
      limits = decision instanceof Promise ? await decision : decision;
      const spent = limits.allowed ? this.budgets.admit(principal) : tooMany(limits);
      refusal = (spent instanceof Promise ? await spent : spent) ?? this.#full(principal, sessionId);
    }
    if (refusal !== null && message.id === undefined) return { ...refused(refusal), limits };
    const request = this.#request(principal, message, via, reach, ids, at);
    const outcome =
      refusal === null
        ? await this.#accept(request, sessionId, via, limits, receipt)
        : await this.inbox.accept({ ...request, refusal, start: false });
    return this.#answer(outcome, via, limits, receipt);
  }

  /** Asked again in the same turn of the event loop in which the place is taken, so that the bounds hold exactly. */
  #full(principal: Principal, sessionId: string): Failure | null {
    return this.queue.full(sessionId, principal.tenantId) ?? this.turns.full(principal);
  }

  #wrong(principal: Principal, message: SendMessage, reach: Reach | null): Failure | null {
    if (reach === null) return failure('permission_denied', 'the scope messages is needed');
    const { MAX_MESSAGE_BYTES } = this.config.settings;
    if (exceeds(message.content, MAX_MESSAGE_BYTES)) return failure('payload_too_large', `content is larger than ${MAX_MESSAGE_BYTES} bytes`);
    return null;
  }

  /** A message that was accepted while there was such an agent is still answered again by its id. */
  #unknownAgent({ tenantId }: Principal, { agent }: SendMessage): Failure | null {
    return agent === undefined || this.orchestrator.knows(agent, tenantId) ? null : failure('not_found', 'no such agent');
  }

  #request(principal: Principal, message: SendMessage, via: Via, reach: Reach, ids: AcceptRequest['ids'], at: number): AcceptRequest {
    const { id, sessionId, content, agent, projectIds, metadata } = message;
    return {
      reach,
      author: { kind: principal.kind, id: principal.id },
      channel: via.channel,
      ids,
      content,
      defaultAgent: this.orchestrator.defaultAgent,
      start: true,
      at,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(id === undefined ? {} : { clientId: id, fingerprint: fingerprint(message) }),
      ...(agent === undefined ? {} : { agent }),
      ...(projectIds === undefined ? {} : { projectIds }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(via.replyContext === undefined ? {} : { replyContext: via.replyContext }),
      ...(via.traceparent === undefined ? {} : { traceparent: via.traceparent }),
      ...(via.requestId === undefined ? {} : { requestId: via.requestId }),
    };
  }

  async #accept(
    request: AcceptRequest,
    sessionId: string,
    via: Via,
    limits: Decision | null,
    receipt?: (receipt: SendReceipt) => void,
  ): Promise<AcceptOutcome> {
    const { tenantId } = request.reach;
    const place = this.queue.reserve(sessionId, tenantId);
    this.turns.take({ turnId: request.ids.turn, sessionId }, { tenantId, ...request.author });
    failpoint('accept.before-commit');
    try {
      return await this.inbox.accept({ ...request, start: place.start }, (outcome) => {
        if (outcome.kind !== 'accepted') {
          this.queue.cancel(place);
          this.turns.leave(request.ids.turn);
          return;
        }
        failpoint('accept.after-commit');
        receipt?.({ accepted: outcome.accepted, limits });
        failpoint('accept.after-ack');
        if (via.subscriber !== undefined) this.joins.followTurn(via.subscriber, outcome.accepted);
        this.egress.publish(outcome.frames);
        if (via.requestId !== undefined) this.requests.keep(outcome.accepted.turnId, via.requestId);
        this.queue.settle(place, outcome);
        this.notices.accepted(tenantId, outcome.accepted.turnId);
      });
    } catch (error) {
      this.queue.doubt(place);
      this.turns.leave(request.ids.turn);
      this.egress.doubt(sessionId);
      throw error;
    }
  }

  #answer(outcome: AcceptOutcome, via: Via, limits: Decision | null, receipt?: (receipt: SendReceipt) => void): SendOutcome {
    if (outcome.kind === 'refused') return { ...refused(outcome.failure), limits };
    const value: SendReceipt = { accepted: outcome.accepted, limits };
    if (outcome.kind === 'duplicate') {
      receipt?.(value);
      if (via.subscriber !== undefined) void this.joins.replayTurn(via.subscriber, outcome.accepted, via.requestId);
    }
    return { ok: true, value, limits };
  }
}
