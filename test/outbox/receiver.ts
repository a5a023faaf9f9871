import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

/** How a receiver answers: a status with headers, or nothing at all. */
export type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | 'silence';

/** A receiver of callbacks that keeps what it got; answers as it is told, 204 in the end. */
export class Receiver {
  readonly calls: Call[] = [];
  readonly replies: Reply[] = [];
  readonly #server: Server;
  readonly #scheme: 'http' | 'https';
  #heard = Promise.withResolvers<void>();

  private constructor(tls?: { readonly key: string; readonly cert: string }) {
    const listener: RequestListener = (request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (text: string) => (body += text));
      request.on('end', () => {
        this.calls.push({ headers: request.headers, body, at: performance.now() });
        this.#heard.resolve();
        this.#heard = Promise.withResolvers();
        const reply = this.replies.shift() ?? { status: 204 };
        if (reply !== 'silence') response.writeHead(reply.status, reply.headers).end();
      });
    };
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  }

  static async open(tls?: { readonly key: string; readonly cert: string }): Promise<Receiver> {
    const receiver = new Receiver(tls);
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path = '/hook'): string {
    return `${this.#scheme}://localhost:${this.port}${path}`;
  }

  /** Resolves when there were so many calls; fails after `withinMs`. */
  async called(times: number, withinMs = 30_000): Promise<readonly Call[]> {
    const deadline = performance.now() + withinMs;
    while (this.calls.length < times) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`${this.calls.length} calls within ${withinMs} ms, not ${times}`);
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([this.#heard.promise, new Promise((resolve) => (timer = setTimeout(resolve, left)))]);
      clearTimeout(timer);
    }
    return this.calls;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
