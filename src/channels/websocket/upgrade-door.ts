import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type Server as SocketServer } from 'ws';
import { failure, type Failure } from '#libs/contracts';
import { IdGenerator } from '#libs/ports';
import { Config } from '../../config/config.js';
import { peerAddress } from '../../audit/peer-address.js';
import { ConnectionAttempts } from '../../throttling/connection-attempts.js';
import { Problems } from '../problems.js';
import { requestId } from '../request-id.js';
import { continueTrace } from '../trace-context.js';
import { DoorSocket } from './door-socket.js';
import { Handshake, SUBPROTOCOL } from './handshake.js';
import { UpgradeRefusal } from './upgrade-refusal.js';
import { WebsocketChannel } from './websocket.channel.js';

const PATH = '/ws';
const SOCKETIO_PATH = '/socket.io/';
/** What transports take beyond the limit of a message, in bytes (CONTRACT section 2). */
const HEADROOM_BYTES = 65_536;
/** Clients that may be on their way in at once. */
const MAX_HANDSHAKES = 1024;
const BUSY = failure('overloaded', 'Too many clients connect at once.', { retryAfterMs: 1000 });

/** Answers the upgrades of the HTTP server: `/ws` is ours, Socket.IO answers its own, all others lead nowhere. */
@Injectable()
export class UpgradeDoor implements OnModuleInit {
  private readonly sockets: SocketServer<typeof DoorSocket>;
  private handshakes = 0;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly handshake: Handshake,
    private readonly channel: WebsocketChannel,
    private readonly problems: Problems,
    private readonly refusal: UpgradeRefusal,
    private readonly attempts: ConnectionAttempts,
    private readonly config: Config,
    private readonly ids: IdGenerator,
  ) {
    this.sockets = new WebSocketServer({
      noServer: true,
      WebSocket: DoorSocket,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: config.settings.MAX_MESSAGE_BYTES + HEADROOM_BYTES,
      handleProtocols: (offers) => (offers.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    this.sockets.on('headers', (lines, request) => {
      lines.push(`X-Request-Id: ${requestId(request.headers, ids)}`, `traceparent: ${continueTrace(request.headers['traceparent'])}`);
    });
    this.sockets.on('wsClientError', (error, socket, request) => {
      this.refusal.answer(socket, request, failure('validation_failed', error.message));
    });
  }

  onModuleInit(): void {
    const server: Server = this.host.httpAdapter.getHttpServer();
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (path.startsWith(SOCKETIO_PATH)) return;
    const cut = () => socket.destroy();
    socket.on('error', cut);
    if (path !== PATH) return this.refusal.answer(socket, request, failure('not_found', 'There is no socket at this address.'));
    if (this.handshakes >= MAX_HANDSHAKES) return this.refusal.answer(socket, request, BUSY);
    this.handshakes += 1;
    const id = requestId(request.headers, this.ids);
    void this.enter(request, id, socket, head, cut)
      .catch((error: unknown) => {
        this.refusal.answer(socket, request, this.problems.failureOf(error, 'a handshake', () => id), id);
      })
      .finally(() => (this.handshakes -= 1));
  }

  private async enter(request: IncomingMessage, id: string, socket: Duplex, head: Buffer, cut: () => void): Promise<void> {
    const closed: Failure | null = this.channel.refusal;
    if (closed !== null) return this.refusal.answer(socket, request, closed, id);
    const tooMany = await this.attempts.take(peerAddress(request, this.config.settings.TRUST_PROXY));
    if (tooMany !== null) return this.refusal.answer(socket, request, tooMany, id);
    const admission = await this.handshake.admit(request, id);
    if (!admission.ok) return this.refusal.answer(socket, request, admission.failure, id);
    const { leave } = admission.value;
    if (socket.destroyed) return leave();
    socket.off('error', cut);
    let upgraded = false;
    this.sockets.handleUpgrade(request, socket, head, (client) => {
      upgraded = true;
      this.channel.welcome(client, request, admission.value);
    });
    if (!upgraded) leave();
  }
}
