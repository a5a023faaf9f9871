import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERRORS, failure, type Failure, type Principal } from '#libs/contracts';
import { Channel, Gateway, GatewayWatch, UnsentBudget, untilDeadline, type ChannelCounters, type OpenConnection } from '#libs/channel-sdk';
import { Clock } from '#libs/ports';
import { peerAddress } from '../../audit/peer-address.js';
import { RefusalCounts } from '../../audit/refusal-counts.js';
import { Authenticator } from '../../auth/authenticator.js';
import { Config } from '../../config/config.js';
import { drainDelay } from '../drain-delay.js';
import { Problems } from '../problems.js';
import { CLOSE_CODES, closeCodeOfStop, type CloseCode } from './close-codes.js';
import { Connection } from './connection.js';
import { Conversation, WEBSOCKET_CHANNEL } from './conversation.js';
import type { DoorSocket } from './door-socket.js';
import type { Admission } from './handshake.js';

const ENDED = failure('unauthenticated', 'The credential has ended.');
const TICK_MS = 1_000;
const PING_EVERY_MS = 20_000;
const SILENCE_MS = 60_000;
/** How long clients may take for what they were sent last before they are cut. */
const CLOSE_GRACE_MS = 2_000;
const RETRY_AFTER_MS = 5_000;

/**
 * The door `/ws`. At-least-once: what a reader missed it gets again by `join-session` with the last `seq` it saw.
 */
@Injectable()
export class WebsocketChannel extends Channel {
  readonly name = WEBSOCKET_CHANNEL;
  readonly delivery = 'at-least-once';
  private readonly inside = new Set<Connection>();
  private closed: Failure | null = null;
  private timer: NodeJS.Timeout | null = null;
  private messagesIn = 0;
  private eventsOut = 0;

  constructor(
    private readonly gateway: Gateway,
    private readonly watching: GatewayWatch,
    private readonly authenticator: Authenticator,
    private readonly clock: Clock,
    private readonly unsent: UnsentBudget,
    private readonly problems: Problems,
    private readonly refusals: RefusalCounts,
    private readonly config: Config,
  ) {
    super();
  }

  start(): void {
    this.closed = null;
    this.timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  async stop(reason: Failure, deadline: AbortSignal): Promise<void> {
    this.closed = { retryAfterMs: RETRY_AFTER_MS, ...reason };
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    const open = [...this.inside];
    for (const connection of open) this.close(connection, this.closed, closeCodeOfStop(reason.code));
    await untilDeadline(AbortSignal.any([deadline, AbortSignal.timeout(CLOSE_GRACE_MS)]), Promise.all(open.map((connection) => connection.closed)));
    for (const connection of open) connection.cut();
  }

  announceDrain(): void {
    const open = [...this.inside];
    for (const [place, connection] of open.entries()) connection.emit(this.problems.draining(drainDelay(this.name, place, open.length)));
  }

  counters(): ChannelCounters {
    const { messagesIn } = this;
    const eventsOut = [...this.inside].reduce((sum, connection) => sum + connection.eventsOut, this.eventsOut);
    return { connections: this.inside.size, messagesIn, eventsOut };
  }

  override connections(): Iterable<OpenConnection> {
    return this.open();
  }

  override cut(id: string, reason: Failure): boolean {
    for (const connection of this.open()) {
      if (connection.id !== id) continue;
      this.close(connection, reason, CLOSE_CODES.denied);
      return true;
    }
    return false;
  }

  /** Why nobody is let in, the gateway's own reason first; null while the door is open. */
  get refusal(): Failure | null {
    return this.gateway.closedTo(this.name) ?? this.closed;
  }

  /** Begins the conversation with a client that was let in and upgraded. */
  welcome(socket: DoorSocket, request: IncomingMessage, { principal, connected, leave }: Admission): void {
    const address = peerAddress(request, this.config.settings.TRUST_PROXY);
    const connection = this.connect(connected.connectionId, socket, request.socket, principal, address);
    void connection.closed.then(leave);
    const conversation = new Conversation(connection, this.gateway, this.watching, this.problems, {
      accepted: () => (this.messagesIn += 1),
      refused: (told) => this.note(told, address, principal),
    });
    const heard = () => (connection.heardAt = this.clock.now());
    socket.on('pong', heard);
    socket.on('ping', heard);
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      heard();
      if (!connection.gone) conversation.take(isBinary ? '' : data.toString('utf8'), isBinary);
    });
    socket.broken = (told) => this.close(connection, told, CLOSE_CODES.protocolError);
    socket.on('error', () => connection.hangUp());
    connection.emit(connected);
    if (this.refusal !== null) this.close(connection, this.refusal, closeCodeOfStop(this.refusal.code));
  }

  private connect(id: string, socket: DoorSocket, stream: Duplex, principal: Principal, address: string): Connection {
    const connection = new Connection(id, principal, socket, stream, this.clock.now(), this.unsent, () =>
      this.close(connection, failure('overloaded', 'The connection was not read.', { retryAfterMs: 0 }), CLOSE_CODES.slowReader),
    );
    const unwatch = this.authenticator.watch(principal, () => {
      this.note(ENDED, address, principal);
      this.close(connection, ENDED, CLOSE_CODES.credentialEnded);
    });
    this.inside.add(connection);
    void connection.closed.then(() => {
      unwatch();
      this.inside.delete(connection);
      this.eventsOut += connection.eventsOut;
      this.gateway.forget(connection);
      this.watching.unwatch(connection);
    });
    return connection;
  }

  private note(told: Failure, address: string, principal: Principal): void {
    this.refusals.note(address, ERRORS[told.code].status, principal);
  }

  /** Those that were not told to go. */
  private *open(): Iterable<Connection> {
    for (const connection of this.inside) if (!connection.gone) yield connection;
  }

  private close(connection: Connection, reason: Failure, code: CloseCode): void {
    connection.close(this.problems.closing(reason), code);
    this.gateway.forget(connection);
  }

  private tick(): void {
    const now = this.clock.now();
    for (const connection of this.inside) {
      if (now - connection.heardAt >= SILENCE_MS) {
        this.close(connection, failure('timeout', 'Nothing was heard for 60 seconds.'), CLOSE_CODES.idle);
      } else if (now - connection.pingedAt >= PING_EVERY_MS) connection.ping(now);
    }
  }
}
