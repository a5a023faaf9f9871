import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Knows the connections of a server, so that it can close: Node leaves open those on which nothing is at work, and those that were upgraded. */
export class ServerConnections {
  /** The last answer on each connection that was not upgraded; null before the first request. */
  readonly #plain = new Map<Socket, ServerResponse | null>();
  readonly #upgraded = new Set<Socket>();

  constructor(
    private readonly server: Server,
    /** Answers a request that came in part, and closes its connection. */
    private readonly refuse: (request: IncomingMessage, socket: Socket) => void,
  ) {
    server.on('connection', (socket: Socket) => {
      this.#plain.set(socket, null);
      socket.once('close', () => {
        this.#plain.delete(socket);
        this.#upgraded.delete(socket);
      });
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (this.#plain.has(request.socket)) this.#plain.set(request.socket, response);
    });
    server.on('upgrade', ({ socket }: IncomingMessage) => {
      if (this.#plain.delete(socket)) this.#upgraded.add(socket);
    });
  }

  /**
   * Lets go of those on which nothing is at work: no request has come yet, such as on those that browsers open ahead, a request without the
   * whole of its body, or the beginning of a next one. What is being answered, or was asked and waits for its answer, is left alone.
   */
  letGoUnasked(): void {
    this.server.closeIdleConnections();
    for (const [socket, response] of this.#plain) {
      if (socket.destroyed) continue;
      if (response === null || (response.writableFinished && response.req.complete)) socket.destroy();
      else if (!response.req.complete) this.#refuse(response, socket);
    }
  }

  /** Sockets of clients that have not gone although their door told them to, or that never came through one. */
  cutUpgraded(): void {
    for (const socket of this.#upgraded) socket.destroy();
  }

  #refuse(response: ServerResponse, socket: Socket): void {
    this.#plain.delete(socket);
    if (response.headersSent) socket.destroy();
    else this.refuse(response.req, socket);
  }
}
