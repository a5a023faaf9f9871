import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { Server, type ServerOptions } from 'socket.io';
import { failure } from '#libs/contracts';
import { Config } from '../../config/config.js';
import { Problems } from '../problems.js';
import { packetParser } from './packet-parser.js';

/** Bytes that a packet may have beyond the largest content (CONTRACT section 2, MAX_MESSAGE_BYTES). */
const HEADROOM_BYTES = 64 * 1024;
const PING_MS = 20_000;
/** A client that has not joined the namespace by then, authentication included, is let go. */
const CONNECT_TIMEOUT_MS = 10_000;
const NO_SUCH_NAMESPACE = failure('not_found', 'There is no such namespace; the only one is /.');

/**
 * Puts Socket.IO on the HTTP server of the application. Gateways bind their events on the server themselves, in `afterInit`:
 * Nest's binding of each handler to each socket costs 2.4 times the CPU of an echo, and memory for every idle socket.
 */
@Injectable()
export class SocketIoAdapter extends IoAdapter {
  constructor(
    private readonly config: Config,
    private readonly host: HttpAdapterHost,
    private readonly problems: Problems,
  ) {
    super();
  }

  override create(): Server {
    return new Server(this.host.httpAdapter.getHttpServer(), this.#options());
  }

  override bindClientConnect(): void {
    return;
  }

  override bindMessageHandlers(): void {
    return;
  }

  #options(): Partial<ServerOptions> {
    return {
      path: '/socket.io/',
      transports: ['polling', 'websocket'],
      allowEIO3: false,
      serveClient: false,
      destroyUpgrade: false,
      perMessageDeflate: false,
      httpCompression: false,
      pingInterval: PING_MS,
      pingTimeout: PING_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      maxHttpBufferSize: this.config.settings.MAX_MESSAGE_BYTES + HEADROOM_BYTES,
      parser: packetParser(() => this.problems.of(NO_SUCH_NAMESPACE)),
      cors: {
        credentials: true,
        preflightContinue: true,
        origin: (origin, decide) => decide(null, origin !== undefined && this.config.isAllowedOrigin(origin)),
      },
    };
  }
}
