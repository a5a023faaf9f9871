import { Injectable } from '@nestjs/common';
import { failure, type Failure } from '#libs/contracts';
import { ok, OutwardChannel, refused, untilDeadline, type Address, type ChannelCounters, type DeliveryResult, type Outcome } from '#libs/channel-sdk';
import { deliveryVerdict, retryAfterMs } from '#libs/policy';
import { CallbackTargets, Clock, IdGenerator, REPLY_CHANNEL, VaultError, type DeliveryRecord } from '#libs/ports';
import { EgressGuard, type GuardedAnswer } from '../../egress-guard/egress-guard.js';
import { EgressRefusedError } from '../../egress-guard/egress-refused-error.js';
import { CallbackSecrets } from './callback-secrets.js';
import { webhookRequest } from './webhook-request.js';

const ATTEMPT_WITHIN_MS = 10_000;
/** Addresses that the operators of one tenant may send to. */
const MAX_ADDRESSES = 1_000;

/** Posts to HTTPS addresses. At-least-once: `webhook-id` is the same at every attempt, receivers tell repeats by it. */
@Injectable()
export class CallbackChannel extends OutwardChannel {
  readonly name = REPLY_CHANNEL;
  readonly delivery = 'at-least-once';
  private readonly underWay = new Set<Promise<DeliveryResult>>();
  private stopping = new AbortController();
  private delivered = 0;

  constructor(
    private readonly guard: EgressGuard,
    private readonly targets: CallbackTargets,
    private readonly secrets: CallbackSecrets,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {
    super();
  }

  start(): void {
    this.stopping = new AbortController();
  }

  async stop(_reason: Failure, deadline: AbortSignal): Promise<void> {
    const { stopping } = this;
    await untilDeadline(deadline, Promise.all(this.underWay));
    stopping.abort();
  }

  announceDrain(): void {
    return;
  }

  counters(): ChannelCounters {
    return { connections: this.underWay.size, messagesIn: 0, eventsOut: this.delivered };
  }

  /** `to` is an HTTPS address. One that is new to the tenant gets a signing secret, told only now. `path` names it in a refusal. */
  async address(to: string, tenantId: string, path = 'to'): Promise<Outcome<Address>> {
    const wrong = this.guard.refusalOf(to);
    if (wrong !== null) return refused(failure('validation_failed', `${path} ${wrong}.`, { errors: [{ path, message: wrong }] }));
    const url = new URL(to).href;
    const owner = { tenantId, sessionId: null, url };
    const { secret, sealed } = this.secrets.make(owner);
    const id = this.ids.next();
    const target = await this.targets.addAddress({ id, ...owner, secret: sealed, createdAt: this.clock.now() }, MAX_ADDRESSES);
    if (target === 'full') return refused(failure('conflict', `there are ${MAX_ADDRESSES} addresses already`));
    return ok({ target: target.id, to: url, ...(target.id === id ? { secret } : {}) });
  }

  async deliver(delivery: DeliveryRecord, signal: AbortSignal): Promise<DeliveryResult> {
    const attempt = this.attempt(delivery, AbortSignal.any([signal, this.stopping.signal]));
    this.underWay.add(attempt);
    try {
      return await attempt;
    } finally {
      this.underWay.delete(attempt);
    }
  }

  private async attempt(delivery: DeliveryRecord, letGo: AbortSignal): Promise<DeliveryResult> {
    const target = await this.targets.find(delivery.target, delivery.tenantId);
    if (target === null) return { kind: 'refused', reason: 'the callback was removed' };
    const deadline = AbortSignal.timeout(ATTEMPT_WITHIN_MS);
    try {
      const now = this.clock.now();
      const signed = webhookRequest(delivery, this.secrets.open(target), now);
      return this.judge(await this.guard.post({ url: target.url, ...signed, signal: AbortSignal.any([deadline, letGo]) }));
    } catch (error) {
      if (error instanceof EgressRefusedError) return { kind: 'refused', reason: error.message };
      return { kind: 'failed', reason: reasonOf(error, deadline, letGo), retryAfterMs: null };
    }
  }

  private judge({ status, retryAfter }: GuardedAnswer): DeliveryResult {
    const verdict = deliveryVerdict(status);
    if (verdict === 'delivered') {
      this.delivered += 1;
      return { kind: 'delivered' };
    }
    const isRedirect = status >= 300 && status < 400;
    const reason = isRedirect ? `the receiver answered HTTP ${status}; redirects are not followed` : `the receiver answered HTTP ${status}`;
    if (verdict === 'refused') return { kind: 'refused', reason };
    return { kind: 'failed', reason, retryAfterMs: retryAfterMs(retryAfter, this.clock.now()) };
  }
}

/** For people: what happened, without the address that the name led to. */
function reasonOf(error: unknown, deadline: AbortSignal, letGo: AbortSignal): string {
  if (letGo.aborted) return 'the attempt was cut off';
  if (deadline.aborted) return `no answer within ${ATTEMPT_WITHIN_MS} ms`;
  if (error instanceof VaultError) return error.message;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `the receiver could not be reached${code}`;
}
