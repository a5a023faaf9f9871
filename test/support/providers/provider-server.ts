import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a provider would have seen it. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  /** Resolves when the caller hung up before the answer was complete. */
  readonly hungUp: Promise<void>;
}

/** Plays one answer on the wire. */
export type ProviderAnswer = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

/** A model provider on loopback that gives the planned answers in order. A request that nobody planned is a fault: `close` throws. */
export class ProviderServer {
  readonly requests: SeenRequest[] = [];
  /** What its list of models answers, which the gateway asks by itself to see whether it works; 0: nothing. Never one of `requests`. */
  modelsStatus = 200;
  readonly probes: IncomingHttpHeaders[] = [];
  readonly #answers: ProviderAnswer[] = [];
  readonly #waiting: (() => void)[] = [];
  #standing: ProviderAnswer | null = null;
  #unplanned = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ProviderServer> {
    const server = createServer();
    const provider = new ProviderServer(server);
    server.on('request', (request, response) => {
      if (request.method === 'GET' && request.url?.startsWith('/v1/models') === true) {
        provider.probes.push(request.headers);
        if (provider.modelsStatus !== 0) response.writeHead(provider.modelsStatus, { 'content-type': 'application/json' }).end('{"data":[]}');
        return;
      }
      const body: Buffer[] = [];
      const hungUp = new Promise<void>((resolve) => {
        response.on('close', () => {
          if (!response.writableFinished) resolve();
        });
      });
      request.on('data', (chunk: Buffer) => body.push(chunk));
      request.on('end', () => {
        const parsed: Record<string, unknown> = JSON.parse(Buffer.concat(body).toString('utf8'));
        const seen: SeenRequest = { path: request.url ?? '', headers: request.headers, body: parsed, hungUp };
        provider.requests.push(seen);
        for (const wake of provider.#waiting.splice(0)) wake();
        const answer = provider.#answers.shift() ?? provider.#standing;
        if (answer !== null) return void answer(response, seen);
        provider.#unplanned += 1;
        response.writeHead(501).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return provider;
  }

  get url(): string {
    const address: AddressInfo | string | null = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the provider does not listen');
    return `http://127.0.0.1:${address.port}/v1`;
  }

  plan(...answers: readonly ProviderAnswer[]): void {
    this.#answers.push(...answers);
  }

  /** What every request is answered that has no answer of its own. */
  always(answer: ProviderAnswer): void {
    this.#standing = answer;
  }

  /** The request of that number, waited for when it has not come yet. */
  async request(index: number): Promise<SeenRequest> {
    for (;;) {
      const seen = this.requests[index];
      if (seen !== undefined) return seen;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
    if (this.#unplanned > 0) throw new Error(`${this.#unplanned} requests that nobody had planned`);
  }
}
