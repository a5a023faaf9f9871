import { Injectable } from '@nestjs/common';
import { Channel, Gateway, GatewayWatch, UnsentBudget, type ChannelCounters, type OpenConnection } from '#libs/channel-sdk';
import { failure, type Failure } from '#libs/contracts';
import { drainDelay } from '../drain-delay.js';
import { Problems } from '../problems.js';
import { Commands } from './commands.js';
import type { Connection, ConnectionHolder } from './connection.js';

/** What `overloaded` and `shutting_down` promise when nobody said more. */
const RETRY_AFTER_MS = 1000;
const SLOW = failure('overloaded', 'This connection does not read what it is sent; connect again and join with `after`.', {
  retryAfterMs: RETRY_AFTER_MS,
});

/** The Socket.IO door: knows who is inside, lets everybody go when it stops. */
@Injectable()
export class SocketIoChannel extends Channel implements ConnectionHolder {
  readonly name = 'socketio';
  readonly delivery = 'at-least-once';
  readonly #inside = new Set<Connection>();
  #closed: Failure | null = failure('overloaded', 'the channel socketio has not started yet', { retryAfterMs: RETRY_AFTER_MS });
  #eventsOut = 0;
  #onEmpty: (() => void) | null = null;

  constructor(
    private readonly gateway: Gateway,
    private readonly watching: GatewayWatch,
    private readonly commands: Commands,
    private readonly problems: Problems,
    readonly unsent: UnsentBudget,
  ) {
    super();
  }

  /** What newcomers are refused with, the gateway's own reason first; null when they are welcome. */
  get refusal(): Failure | null {
    return this.gateway.closedTo(this.name) ?? this.#closed;
  }

  /** Why nobody stays; null while the door is open. */
  get closed(): Failure | null {
    return this.#closed;
  }

  start(): void {
    this.#closed = null;
  }

  async stop(reason: Failure, deadline: AbortSignal): Promise<void> {
    const closed = { retryAfterMs: RETRY_AFTER_MS, ...reason };
    this.#closed = closed;
    for (const connection of this.#inside) connection.close(this.problems.closing(closed), 'come-back');
    if (this.#inside.size === 0) return;
    const cut = (): void => {
      for (const connection of this.#inside) connection.cut();
    };
    if (deadline.aborted) cut();
    deadline.addEventListener('abort', cut, { once: true });
    await this.#empty();
    deadline.removeEventListener('abort', cut);
  }

  announceDrain(): void {
    const open = [...this.#inside];
    for (const [place, connection] of open.entries()) connection.emit(this.problems.draining(drainDelay(this.name, place, open.length)));
  }

  counters(): ChannelCounters {
    return { connections: this.#inside.size, messagesIn: this.commands.messagesIn, eventsOut: this.#eventsOut };
  }

  override connections(): Iterable<OpenConnection> {
    return this.#inside;
  }

  override cut(id: string, reason: Failure): boolean {
    for (const connection of this.#inside) {
      if (connection.id !== id) continue;
      connection.close(this.problems.closing(reason), 'keep-away');
      return true;
    }
    return false;
  }

  enter(connection: Connection): void {
    this.#inside.add(connection);
  }

  leave(connection: Connection): void {
    connection.ended();
    this.gateway.forget(connection);
    this.watching.unwatch(connection);
    this.#inside.delete(connection);
    if (this.#inside.size === 0) this.#onEmpty?.();
  }

  delivered(): void {
    this.#eventsOut += 1;
  }

  slow(connection: Connection): void {
    connection.close(this.problems.closing(SLOW), 'come-back');
  }

  #empty(): Promise<void> {
    if (this.#inside.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = () => {
        this.#onEmpty = null;
        resolve();
      };
    });
  }
}
