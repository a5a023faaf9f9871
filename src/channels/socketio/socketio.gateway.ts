import { IncomingMessage } from 'node:http';
import { Socket as TcpSocket } from 'node:net';
import { WebSocketGateway, type OnGatewayInit } from '@nestjs/websockets';
import type { Server, Socket } from 'socket.io';
import { ERRORS, failure, type Problem } from '#libs/contracts';
import { IdGenerator } from '#libs/ports';
import { Authenticator } from '../../auth/authenticator.js';
import { peerAddress } from '../../audit/peer-address.js';
import { RefusalCounts } from '../../audit/refusal-counts.js';
import { Config } from '../../config/config.js';
import { ConnectionAttempts } from '../../throttling/connection-attempts.js';
import type { CommandId } from '../command-id.js';
import { Problems } from '../problems.js';
import { attemptsGuard } from './attempts-guard.js';
import { Commands } from './commands.js';
import { Connection } from './connection.js';
import { Handshake, type Admission } from './handshake.js';
import { originGuard } from './origin-guard.js';
import type { PacketArguments } from './packet-decoder.js';
import { SocketIoChannel } from './socketio.channel.js';
import { Welcome } from './welcome.js';
import { WriteBatch } from './write-batch.js';

const ENDED = failure('unauthenticated', 'The credential of this connection has ended.');

/** Kept with each socket: who was let in, until the connection is made of it. */
interface SocketData {
  admission?: Admission;
  connection?: Connection;
}
type Door = Server<Record<string, never>, Record<string, never>, Record<string, never>, SocketData>;
type Client = Socket<Record<string, never>, Record<string, never>, Record<string, never>, SocketData>;

/** Binds the door to the server, once for all sockets. */
@WebSocketGateway()
export class SocketIoGateway implements OnGatewayInit<Door> {
  readonly #batch = new WriteBatch();

  constructor(
    private readonly config: Config,
    private readonly ids: IdGenerator,
    private readonly authenticator: Authenticator,
    private readonly handshake: Handshake,
    private readonly welcome: Welcome,
    private readonly channel: SocketIoChannel,
    private readonly commands: Commands,
    private readonly problems: Problems,
    private readonly refusals: RefusalCounts,
    private readonly attempts: ConnectionAttempts,
  ) {}

  afterInit(server: Door): void {
    server.engine.use(originGuard(this.config, this.ids, (request) => this.#noteRefusal(request, 403)));
    server.engine.use(attemptsGuard(this.attempts, this.config, this.ids, (request) => this.#noteRefusal(request, 429)));
    server.use((socket, next) => {
      const id = this.problems.commandId();
      this.#admit(socket, id).then(
        (problem) => next(problem === null ? undefined : refusal(problem)),
        (error: unknown) => next(refusal(this.problems.ofError(error, 'a handshake', id))),
      );
    });
    const { commands, channel } = this;
    const onPacket = function (this: Client, name: string | symbol, ...[argumentsOrWhy, ackId]: PacketArguments): void {
      if (this.data.connection !== undefined) commands.take(this.data.connection, name, argumentsOrWhy, ackId);
    };
    const onDisconnect = function (this: Client): void {
      if (this.data.connection !== undefined) channel.leave(this.data.connection);
    };
    server.on('connection', (socket) => {
      this.#enter(socket);
      socket.onAny(onPacket);
      socket.on('disconnect', onDisconnect);
    });
  }

  async #admit(socket: Client, id: CommandId): Promise<Problem | null> {
    const { refusal: closed } = this.channel;
    if (closed !== null) return this.problems.of(closed, id);
    const admitted = await this.handshake.admit(socket, () => id.value);
    if (!admitted.ok) {
      this.#noteRefusal(socket.request, ERRORS[admitted.failure.code].status);
      return this.problems.of(admitted.failure, id);
    }
    const { leave } = admitted.value;
    // Who goes away before the connection is made of it leaves its place here; behind that the connection does.
    if (socket.conn.readyState === 'open') socket.conn.once('close', leave);
    else leave();
    socket.data.admission = admitted.value;
    return null;
  }

  #noteRefusal(request: IncomingMessage, status: number): void {
    this.refusals.note(this.#addressOf(request), status, null);
  }

  #addressOf(request: IncomingMessage): string {
    return peerAddress(request, this.config.settings.TRUST_PROXY);
  }

  #enter(socket: Client): void {
    const { admission } = socket.data;
    if (admission === undefined) throw new Error('a socket came in past the handshake');
    const connection = new Connection(this.ids.next(), admission.principal, socket, this.#batch, this.channel);
    connection.address = this.#addressOf(socket.request);
    connection.leavePlace = admission.leave;
    socket.conn.off('close', admission.leave);
    socket.data = { connection };
    forgetRequest(socket);
    this.channel.enter(connection);
    const { closed } = this.channel;
    if (closed !== null) return connection.close(this.problems.closing(closed), 'come-back');
    connection.emit(this.welcome.connected(connection.id, admission));
    connection.stopWatching = this.authenticator.watch(admission.principal, () => {
      this.refusals.note(connection.address, ERRORS[ENDED.code].status, connection.principal);
      connection.close(this.problems.closing(ENDED), 'keep-away');
    });
  }
}

function refusal(problem: Problem): Error {
  return Object.assign(new Error(problem.title), { data: problem });
}

/** Stands for every first request; nobody reads it. */
const FORGOTTEN = new IncomingMessage(new TcpSocket());

/** Credentials are not kept, and the first request of a connection would be a good part of an idle socket's memory. */
function forgetRequest(socket: Client): void {
  socket.conn.request = FORGOTTEN;
  socket.handshake.auth = {};
  socket.handshake.headers = {};
}
