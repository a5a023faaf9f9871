import { connect } from 'node:net';
import { ADMIN_KEY, type StartedGateway } from '../../support/start-gateway.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface CallOptions {
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it stands. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
}

/** Calls a route as JSON; answers that are not JSON give an empty body. */
export async function call(gateway: StartedGateway, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const answer = await fetch(`${gateway.url}${path}`, request(method, options));
  const text = await answer.text();
  const json = answer.headers.get('content-type')?.includes('json') ?? false;
  return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : {} };
}

export function request(method: string, { key = ADMIN_KEY, headers = {}, body, raw }: CallOptions): RequestInit {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return {
    method,
    headers: {
      ...(key === null ? {} : { 'x-api-key': key }),
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
    signal: AbortSignal.timeout(60_000),
  };
}

/** A key of its own, with these scopes. */
export async function makeKey(gateway: StartedGateway, scopes: readonly string[] = ['messages']): Promise<{ id: string; key: string }> {
  const { body } = await call(gateway, 'POST', '/api/v1/keys', { body: { name: 'test', scopes } });
  return { id: String(body['id']), key: String(body['key']) };
}

/** Sends bytes on a bare connection and reads until the gateway closes it. */
export function exchange(gateway: StartedGateway, bytes: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes));
    let read = '';
    socket.setEncoding('utf8').on('data', (chunk) => (read += chunk));
    socket.setTimeout(30_000, () => socket.destroy(new Error(`no end after: ${read}`)));
    socket.on('close', () => resolve(read)).on('error', reject);
  });
}
