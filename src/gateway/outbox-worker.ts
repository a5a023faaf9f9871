import { Injectable } from '@nestjs/common';
import { untilDeadline, type DeliveryResult, type OutwardChannel } from '#libs/channel-sdk';
import { deliveryRetryMs } from '#libs/policy';
import { Clock, Outbox, type DeliveryClaim, type DeliveryRecord, type Settlement, type TurnRecord } from '#libs/ports';
import { Log, type LogFields } from '../observability/log.js';
import { ChannelRegistry } from './channel-registry.js';
import { DeliverySpans } from './delivery-spans.js';

const LOOK_EVERY_MS = 500;
/** After a look that failed the next one waits this long. */
const LOOK_AGAIN_MS = 2_000;
const MAX_UNDER_WAY = 32;
/** A target that is slow keeps at most so many of them, and of what is due it gets this share at a time. */
const MAX_PER_TARGET = 4;
const SHARE_PER_TARGET = 2;
/** Longer than any channel's own deadline; a delivery whose process died is due again after it. */
const LEASE_MS = 15_000;
/** At a shutdown, what is under way has this long; it is tried again at the next start. */
const END_WITHIN_MS = 2_000;
const SWEEP_EVERY_MS = 60_000;
const SWEEP_BATCH = 500;
const KEEP_DELIVERED_MS = 7 * 86_400_000;
const KEEP_DEAD_MS = 30 * 86_400_000;
const LONGEST_REASON = 300;

/** Since the process started. */
export interface DeliveryCounters {
  readonly delivered: number;
  /** Attempts that failed and will be repeated. */
  readonly retried: number;
  readonly dead: number;
  readonly underWay: number;
}

/** Takes what is due from the outbox, lets its channel try it, and settles it: delivered, again later, or given up. */
@Injectable()
export class OutboxWorker {
  readonly #underWay = new Map<string, { readonly target: string; readonly done: Promise<void> }>();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #running = false;
  #sweptAt = 0;
  #delivered = 0;
  #retried = 0;
  #dead = 0;

  constructor(
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    private readonly registry: ChannelRegistry,
    private readonly spans: DeliverySpans,
    private readonly log: Log,
  ) {}

  get counters(): DeliveryCounters {
    return { delivered: this.#delivered, retried: this.#retried, dead: this.#dead, underWay: this.#underWay.size };
  }

  start(): void {
    this.#running = true;
    this.wake();
  }

  /** Looks at once; called when something was put into the outbox. */
  wake(): void {
    if (this.#running) this.#lookIn(0);
  }

  /** Takes nothing more. What is under way ends within 2 s and before `deadline`, else it is let go and tried again at the next start. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#running = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#looking;
    const done = Promise.all([...this.#underWay.values()].map((one) => one.done));
    await untilDeadline(AbortSignal.any([deadline, AbortSignal.timeout(END_WITHIN_MS)]), done);
    this.#stopping.abort();
    await done;
  }

  #lookIn(delayMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), delayMs).unref();
  }

  async #look(): Promise<void> {
    if (this.#looking !== null) return;
    let next = LOOK_EVERY_MS;
    this.#looking = this.#take().then(
      (took) => {
        if (took > 0) next = 0;
      },
      (error: unknown) => {
        next = LOOK_AGAIN_MS;
        this.log.warn('the outbox could not be read; trying again', { error });
      },
    );
    await this.#looking;
    this.#looking = null;
    if (this.#running) this.#lookIn(next);
  }

  async #take(): Promise<number> {
    const at = this.clock.now();
    if (at - this.#sweptAt >= SWEEP_EVERY_MS) {
      this.#sweptAt = at;
      await this.outbox.sweep(at - KEEP_DELIVERED_MS, at - KEEP_DEAD_MS, SWEEP_BATCH);
    }
    const channels = new Map(this.registry.outwardRunning().map((channel) => [channel.name, channel]));
    const claims = await this.outbox.claim({
      at,
      leaseMs: LEASE_MS,
      limit: MAX_UNDER_WAY - this.#underWay.size,
      channels: [...channels.keys()],
      exceptTargets: this.#busyTargets(),
      perTarget: SHARE_PER_TARGET,
    });
    for (const claim of claims) {
      const channel = channels.get(claim.delivery.channel);
      if (channel !== undefined) this.#begin(claim, channel);
    }
    return claims.length;
  }

  /** Targets that another share would bring over their limit. */
  #busyTargets(): string[] {
    const counts = new Map<string, number>();
    for (const { target } of this.#underWay.values()) counts.set(target, (counts.get(target) ?? 0) + 1);
    return [...counts].flatMap(([target, count]) => (count + SHARE_PER_TARGET > MAX_PER_TARGET ? [target] : []));
  }

  #begin(claim: DeliveryClaim, channel: OutwardChannel): void {
    const done = this.#deliver(claim, channel)
      .catch((error: unknown) => {
        this.log.error('a delivery failed unexpectedly; it is tried again when its lease ends', { ...whatOf(claim.delivery, null), error });
      })
      .finally(() => {
        this.#underWay.delete(claim.id);
        this.wake();
      });
    this.#underWay.set(claim.id, { target: claim.delivery.target, done });
  }

  async #deliver(claim: DeliveryClaim, channel: OutwardChannel): Promise<void> {
    const { delivery } = claim;
    const turn = await this.spans.turnOf(delivery);
    const what = whatOf(delivery, turn);
    const result = await this.spans.around(delivery, turn, (traced) => this.#attempt(traced, channel, what));
    const settlement = this.#settlementOf(result, delivery.attempts);
    const line = { ...what, attempt: delivery.attempts };
    try {
      const settled = await this.outbox.settle(claim, settlement, this.clock.now());
      if (settled) this.#tell(settlement, line);
    } catch (error) {
      this.log.warn('a delivery could not be settled; it is tried again when its lease ends', { ...line, outcome: settlement.state, error });
    }
  }

  async #attempt(delivery: DeliveryRecord, channel: OutwardChannel, what: LogFields): Promise<DeliveryResult> {
    try {
      return await channel.deliver(delivery, this.#stopping.signal);
    } catch (error) {
      this.log.error('a channel failed unexpectedly', { ...what, error });
      return { kind: 'failed', reason: 'the channel failed unexpectedly', retryAfterMs: null };
    }
  }

  #settlementOf(result: DeliveryResult, attempts: number): Settlement {
    if (result.kind === 'delivered') return { state: 'delivered' };
    const reason = result.reason.toWellFormed().replaceAll('\0', '').slice(0, LONGEST_REASON);
    if (result.kind === 'refused') return { state: 'dead', reason };
    const waitMs = deliveryRetryMs(attempts, result.retryAfterMs, Math.random());
    if (waitMs === null) return { state: 'dead', reason: `${reason} (gave up after ${attempts} attempts)` };
    return { state: 'pending', dueAt: this.clock.now() + waitMs, reason };
  }

  #tell(settlement: Settlement, line: LogFields): void {
    switch (settlement.state) {
      case 'delivered':
        this.#delivered += 1;
        return this.log.debug('delivered', line);
      case 'pending':
        this.#retried += 1;
        return this.log.debug('a delivery failed', { ...line, reason: settlement.reason });
      case 'dead':
        this.#dead += 1;
        return this.log.warn('a delivery was given up', { ...line, reason: settlement.reason });
    }
  }
}

/** What a line of the log says of a delivery: its message, and the turn whose end it carries, with the request that asked for either. */
function whatOf({ id: deliveryId, channel, tenantId, sessionId, turnId, requestId }: DeliveryRecord, turn: TurnRecord | null): LogFields {
  return { requestId: requestId ?? turn?.requestId, deliveryId, channel, tenantId, ...(turnId === null ? {} : { sessionId, turnId }) };
}
