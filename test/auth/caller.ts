import { ADMIN_KEY, type StartedGateway } from '../support/start-gateway.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
}

/** What tests look at one by one, of answers of many shapes. */
interface AnswerBody {
  readonly id: string;
  readonly sessionId: string;
  readonly key: string;
  readonly code: string;
  readonly ticket: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string;
  readonly url: string;
  readonly deliveryId: string;
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
  readonly errors: readonly { readonly path: string }[];
}

/** Calls the gateway over HTTP as `key`, by default the admin; null sends no key. */
export async function call(
  gateway: Pick<StartedGateway, 'url'>,
  method: string,
  path: string,
  options: { key?: string | null; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { key = ADMIN_KEY, body, headers = {} } = options;
  const response = await fetch(gateway.url + path, {
    method,
    headers: {
      ...(key === null ? {} : { 'x-api-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  const answer: AnswerBody = JSON.parse(text === '' ? 'null' : text);
  return { status: response.status, headers: response.headers, body: answer };
}

/** Makes a key with these scopes. */
export async function makeKey(
  gateway: Pick<StartedGateway, 'url'>,
  scopes: readonly string[],
  more: object = {},
): Promise<{ id: string; key: string }> {
  const made = await call(gateway, 'POST', '/api/v1/keys', { body: { name: 'a test', scopes, ...more } });
  if (made.status !== 201) throw new Error(`No key: ${JSON.stringify(made.body)}`);
  return { id: made.body.id, key: made.body.key };
}

/** The cookie that an answer sets, as a browser would send it back. */
export function cookieOf(answer: Answer): string {
  return (answer.headers.getSetCookie()[0] ?? '').split(';', 1)[0] ?? '';
}
