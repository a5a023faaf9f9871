import type { StartedGateway } from '../../support/start-gateway.js';

export interface Reply {
  readonly status: number;
  readonly location: string | null;
  readonly type: string;
  readonly text: string;
  readonly setCookies: readonly string[];
  /** The problem's code and detail; null when the answer is no problem. */
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

let visitors = 0;

/** Somebody with a cookie jar and an address of their own (the gateway under test trusts X-Forwarded-For from this machine). */
export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly address = `198.51.${Math.floor(++visitors / 250)}.${visitors % 250}`;

  constructor(private readonly gateway: Pick<StartedGateway, 'url'>) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.ask(path, { method: 'GET', headers });
  }

  post(path: string, form: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.ask(path, { method: 'POST', body: form, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });
  }

  private async ask(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Reply> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(new URL(path, this.gateway.url), {
      ...init,
      headers: { 'x-forwarded-for': this.address, ...(cookie === '' ? {} : { cookie }), ...init.headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
    });
    const setCookies = response.headers.getSetCookie();
    for (const text of setCookies) this.keep(text);
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    const problem: Reply['problem'] = type.startsWith('application/problem+json') ? JSON.parse(text) : null;
    return { status: response.status, location: response.headers.get('location'), type, text, setCookies, problem };
  }

  private keep(setCookie: string): void {
    const [pair = ''] = setCookie.split(';', 1);
    const name = pair.slice(0, pair.indexOf('='));
    if (/Max-Age=0/.test(setCookie)) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(name.length + 1));
  }
}

/** Settings with which each visitor counts as an address of its own. */
export const OWN_ADDRESSES = { TRUST_PROXY: '127.0.0.1,::1' };

/** Where a gateway really listens, whatever address it tells clients. */
export function onLoopback({ app }: StartedGateway): { readonly url: string } {
  const address = app.getHttpServer().address();
  if (address === null || typeof address === 'string') throw new Error('the gateway does not listen on a port');
  return { url: `http://127.0.0.1:${address.port}` };
}
