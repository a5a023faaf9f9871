import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';
import { ADMIN_KEY, type StartedGateway } from '../../support/start-gateway.js';

export type Received = Record<string, unknown>;

export interface WsOptions extends Omit<ClientOptions, 'key'> {
  readonly path?: string;
  readonly protocols?: string[];
  /** The API key; null for none. */
  readonly key?: string | null;
}

const PATIENCE_MS = 30_000;

/** A client of `/ws` that keeps what it receives in order. */
export class WsClient {
  /** Headers of the answer that opened the connection. */
  upgrade: IncomingHttpHeaders = {};
  private readonly received: Received[] = [];
  private wake: () => void = () => undefined;
  private ended: { code: number; reason: string } | null = null;

  private constructor(readonly socket: WebSocket) {
    socket.on('upgrade', ({ headers }) => (this.upgrade = headers));
    socket.on('message', (data) => {
      this.received.push(JSON.parse(String(data)));
      this.wake();
    });
    socket.on('close', (code, reason) => {
      this.ended = { code, reason: String(reason) };
      this.wake();
    });
    socket.on('error', () => this.wake());
  }

  static async open(gateway: StartedGateway, options: WsOptions = {}): Promise<WsClient> {
    const client = new WsClient(dial(gateway, options));
    await once(client.socket, 'open', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return client;
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** The next thing received. */
  async next(): Promise<Received> {
    const timeout = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const first = this.received.shift();
      if (first !== undefined) return first;
      if (this.ended !== null) throw new Error(`closed with ${this.ended.code} ${this.ended.reason}`);
      if (timeout.aborted) throw new Error('nothing came within 30 s');
      await this.change(timeout);
    }
  }

  /** Receives up to and with the first of this type. */
  async until(type: string): Promise<Received[]> {
    const all: Received[] = [];
    for (;;) {
      const one = await this.next();
      all.push(one);
      if (one['type'] === type) return all;
    }
  }

  /** Waits for the close; what came before stays to be read. */
  async close(): Promise<{ code: number; reason: string }> {
    const timeout = AbortSignal.timeout(PATIENCE_MS);
    while (this.ended === null) {
      if (timeout.aborted) throw new Error('not closed within 30 s');
      await this.change(timeout);
    }
    return this.ended;
  }

  /** What was received and not read yet. */
  get unread(): readonly Received[] {
    return this.received;
  }

  private change(timeout: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      timeout.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

function dial(gateway: StartedGateway, { path = '/ws', protocols = [], key = ADMIN_KEY, headers = {}, ...options }: WsOptions): WebSocket {
  return new WebSocket(`${gateway.url.replace('http', 'ws')}${path}`, protocols, {
    ...options,
    headers: { ...(key === null ? {} : { 'x-api-key': key }), ...headers },
  });
}

/** The HTTP answer with which an upgrade is refused. */
export async function refusedUpgrade(gateway: StartedGateway, options: WsOptions = {}) {
  const socket = dial(gateway, options);
  const [, answer] = (await once(socket, 'unexpected-response', { signal: AbortSignal.timeout(PATIENCE_MS) })) as [unknown, IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(text) as Received };
}
