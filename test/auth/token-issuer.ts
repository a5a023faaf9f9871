import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rs256, signingKey, type SigningKey } from '../sso/support/jwt.js';

export const AUDIENCE = 'parley-of-acme';

/** An issuer of tokens with a discovery document and keys, which counts how often it is asked. */
export class TokenIssuer {
  url = '';
  keys: SigningKey[] = [signingKey('first')];
  /** What is answered in place of the keys. */
  jwks: unknown = null;
  discovery: Record<string, unknown> = {};
  status = 200;
  readonly asked = { discovery: 0, jwks: 0, stray: 0 };
  private readonly server = createServer((request, response) => this.answer(request, response));

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  get key(): SigningKey {
    const [key] = this.keys;
    if (key === undefined) throw new Error('the issuer has no key');
    return key;
  }

  claims(more: Record<string, unknown> = {}): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    return { iss: this.url, aud: AUDIENCE, sub: 'ada', iat: now, exp: now + 300, ...more };
  }

  /** A token that is right but for what is changed; claims set to undefined are left out. */
  token(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, key = this.key): string {
    return rs256({ alg: 'RS256', kid: key.publicJwk.kid, typ: 'JWT', ...header }, this.claims(claims), key);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const send = (body: unknown): void => {
      response.writeHead(this.status, { 'content-type': 'application/json', location: '/elsewhere' }).end(JSON.stringify(body));
    };
    if (request.url === '/.well-known/openid-configuration') {
      this.asked.discovery += 1;
      return send({ issuer: this.url, jwks_uri: `${this.url}/jwks`, ...this.discovery });
    }
    if (request.url === '/jwks') {
      this.asked.jwks += 1;
      return send(this.jwks ?? { keys: this.keys.map(({ publicJwk }) => publicJwk) });
    }
    this.asked.stray += 1;
    send({ keys: [] });
  }
}
