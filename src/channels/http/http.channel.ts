import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { failure, type Failure, type Principal } from '#libs/contracts';
import { Channel, Gateway, granted, UnsentBudget, untilDeadline, type ChannelCounters, type OpenConnection } from '#libs/channel-sdk';
import { IdGenerator, type EventFrame } from '#libs/ports';
import { Authenticator } from '../../auth/authenticator.js';
import { Config } from '../../config/config.js';
import { ConnectionsAtOnce } from '../../throttling/connections-at-once.js';
import { drainDelay } from '../drain-delay.js';
import { SseStream } from './sse-stream.js';
import { TurnWait } from './turn-wait.js';

export const HTTP_CHANNEL = 'http';

const HEARTBEAT_MS = 15_000;
const RETRY_AFTER_MS = 5_000;
/** How long readers may take for what they were sent last before they are cut. */
const CLOSE_GRACE_MS = 2_000;

/**
 * The door for REST and server-sent events. At-least-once: replies are kept and can be read again,
 * a stream that was cut goes on behind the last event its reader saw.
 */
@Injectable()
export class HttpChannel extends Channel {
  readonly name = HTTP_CHANNEL;
  readonly delivery = 'at-least-once';
  private readonly streams = new Set<SseStream>();
  private readonly waits = new Set<TurnWait>();
  private closed: Failure | null = null;
  private heartbeat: NodeJS.Timeout | null = null;
  private messagesIn = 0;
  private eventsOut = 0;

  constructor(
    private readonly gateway: Gateway,
    private readonly authenticator: Authenticator,
    private readonly config: Config,
    private readonly ids: IdGenerator,
    private readonly unsent: UnsentBudget,
    private readonly places: ConnectionsAtOnce,
  ) {
    super();
  }

  start(): void {
    this.closed = null;
    this.heartbeat ??= setInterval(() => this.keepAlive(), HEARTBEAT_MS).unref();
  }

  async stop(reason: Failure, deadline: AbortSignal): Promise<void> {
    const closed = { retryAfterMs: RETRY_AFTER_MS, ...reason };
    this.closed = closed;
    if (this.heartbeat !== null) clearInterval(this.heartbeat);
    this.heartbeat = null;
    for (const wait of this.waits) wait.giveUp();
    const open = [...this.streams];
    for (const stream of open) stream.close(closed, this.config.publicUrl);
    await untilDeadline(AbortSignal.any([deadline, AbortSignal.timeout(CLOSE_GRACE_MS)]), Promise.all(open.map((stream) => stream.closed)));
    for (const stream of open) stream.cut();
  }

  announceDrain(): void {
    const open = [...this.streams];
    for (const [place, stream] of open.entries()) {
      const reconnectAfterMs = drainDelay(this.name, place, open.length);
      stream.event('gateway-draining', JSON.stringify({ type: 'gateway-draining', at: new Date().toISOString(), reconnectAfterMs }));
    }
  }

  counters(): ChannelCounters {
    const { messagesIn } = this;
    const eventsOut = [...this.streams].reduce((sum, stream) => sum + stream.eventsOut, this.eventsOut);
    return { connections: this.streams.size, messagesIn, eventsOut };
  }

  override connections(): Iterable<OpenConnection> {
    return this.streams;
  }

  override cut(id: string, reason: Failure): boolean {
    for (const stream of this.streams) {
      if (stream.id !== id || stream.gone) continue;
      stream.close(reason, this.config.publicUrl);
      return true;
    }
    return false;
  }

  /** Why the door is shut; null while it is open. */
  get refusal(): Failure | null {
    return this.closed;
  }

  countMessage(): void {
    this.messagesIn += 1;
  }

  /**
   * A stream for the answer to this request; it ends behind the last event, with the door, and with the caller's credential. Throws
   * `rate_limited` when too many connections of the caller are open.
   */
  async stream(reply: FastifyReply, principal: Principal, isLast: (frame: EventFrame) => boolean): Promise<SseStream> {
    const leave = await granted(this.places.take(principal));
    const stream = new SseStream(this.ids.next(), principal, reply, isLast, () => {
      unwatch();
      this.gateway.forget(stream);
    }, this.unsent);
    const unwatch = this.authenticator.watch(principal, () =>
      stream.close(failure('unauthenticated', 'The credential has ended.'), this.config.publicUrl),
    );
    this.streams.add(stream);
    void stream.closed.then(() => {
      leave();
      this.streams.delete(stream);
      this.eventsOut += stream.eventsOut;
    });
    return stream;
  }

  /** Lets this request wait for a turn; the wait ends with the door and when the caller hangs up. */
  wait(reply: FastifyReply): TurnWait {
    const wait = new TurnWait();
    this.waits.add(wait);
    if (reply.raw.closed) wait.giveUp();
    else reply.raw.once('close', () => wait.giveUp());
    void wait.ended.then(() => {
      this.waits.delete(wait);
      this.gateway.forget(wait);
    });
    return wait;
  }

  private keepAlive(): void {
    for (const stream of this.streams) stream.comment();
  }
}
