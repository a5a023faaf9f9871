import type { StartedGateway } from '../support/start-gateway.js';
import { ADMIN_KEY } from '../support/start-gateway.js';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Calls the gateway over HTTP as `key`, by default the admin. */
export async function api(
  gateway: Pick<StartedGateway, 'url'>,
  method: string,
  path: string,
  body?: object,
  { key = ADMIN_KEY, headers = {} }: { key?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`expected a text, got ${JSON.stringify(value)}`);
  return value;
}
