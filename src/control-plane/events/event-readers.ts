import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { failure, FailureError, type Principal } from '#libs/contracts';
import { untilDeadline } from '#libs/channel-sdk';
import { ControlEvents } from '#libs/ports';
import { Authenticator } from '../../auth/authenticator.js';
import { Config } from '../../config/config.js';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import { Log } from '../../observability/log.js';
import { EventFeed } from './event-feed.js';
import { EventStream } from './event-stream.js';

const COMMENT_EVERY_MS = 15_000;
/** Operators who may read live at once in this process. */
const MAX_READERS = 1000;

/** The operators who read the feed live: they stay until they go, their credential ends, or the gateway does. */
@Injectable()
export class EventReaders {
  readonly #streams = new Set<EventStream>();
  #timer: NodeJS.Timeout | null = null;
  #closing = false;

  constructor(
    private readonly config: Config,
    private readonly events: ControlEvents,
    private readonly feed: EventFeed,
    private readonly authenticator: Authenticator,
    private readonly log: Log,
    lifecycle: Lifecycle,
  ) {
    lifecycle.register('cleanup', { name: 'operators are let go', run: (deadline) => this.#closeAll(deadline) });
  }

  /** Answers with the events behind `after` and stays. Null: only new ones; so is a number not given yet, which is of the time before a restore. */
  async read(reply: FastifyReply, caller: Principal, after: number | null): Promise<void> {
    await this.feed.flush();
    const last = await this.events.last(caller.tenantId);
    // From here to its place among the streams nothing is awaited, so that none is forgotten at the end.
    if (this.#closing) throw new FailureError(failure('shutting_down', 'the gateway is shutting down', { retryAfterMs: 2000 }));
    if (this.#streams.size >= MAX_READERS) throw new FailureError(failure('overloaded', 'too many read the events', { retryAfterMs: 5000 }));
    // Who has hung up meanwhile is not heard of again.
    if (reply.raw.closed) return;
    const stream = new EventStream(reply, caller.tenantId, this.events, this.feed);
    const unwatch = this.authenticator.watch(caller, () =>
      stream.close(failure('unauthenticated', 'The credential has ended.'), this.config.publicUrl),
    );
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => this.#comment(), COMMENT_EVERY_MS).unref();
    void stream.closed.then(() => {
      unwatch();
      this.#streams.delete(stream);
    });
    try {
      await stream.run(Math.min(after ?? last, last));
    } catch (error) {
      this.log.warn('events could not be read for an operator', { requestId: reply.request.id, error });
      stream.cut();
    }
  }

  #comment(): void {
    for (const stream of this.#streams) stream.comment();
  }

  async #closeAll(deadline: AbortSignal): Promise<void> {
    this.#closing = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    const open = [...this.#streams];
    for (const stream of open) stream.close(failure('shutting_down', 'the gateway is shutting down', { retryAfterMs: 2000 }), this.config.publicUrl);
    await untilDeadline(deadline, Promise.all(open.map((stream) => stream.closed)));
    for (const stream of open) stream.cut();
  }
}
