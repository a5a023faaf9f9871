import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { rs256, signingKey, type SigningKey } from './jwt.js';

export const CLIENT_ID = 'parley';
export const CLIENT_SECRET = 'a-client-secret-for-tests';

/** What of a right answer is made wrong. Claims set to undefined are left out. */
export interface Oddity {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  /** Makes the ID token in place of the right signature. */
  readonly token?: (header: Record<string, unknown>, claims: Record<string, unknown>, provider: OddProvider) => unknown;
  /** The whole answer of the token endpoint. */
  readonly answer?: { readonly status?: number; readonly type?: string; readonly body: string };
  readonly userInfo?: Record<string, unknown>;
  /** Discovery, JWKS or the whole server in disorder. */
  readonly discovery?: Record<string, unknown>;
  readonly jwks?: { readonly keys: readonly unknown[] };
  readonly down?: 'discovery' | 'token' | 'jwks' | 'hangs-up';
}

interface Grant {
  readonly challenge: string;
  readonly nonce: string;
}

/** An OpenID Connect provider of our own that can be told to lie in every way we thought of; told nothing, it is a right one. */
export class OddProvider {
  readonly key: SigningKey = signingKey('right');
  readonly foreignKey: SigningKey = signingKey('foreign');
  oddity: Oddity = {};
  issuer = '';
  /** Every request to a path that no right client asks for. */
  readonly strayRequests: string[] = [];
  private readonly grants = new Map<string, Grant>();
  private readonly server = createServer((request, response) => void this.answer(request, response));

  async start(port = 0): Promise<this> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    this.issuer = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** Signs somebody in at the provider: the code and state with which their browser comes back. */
  authorize(loginUrl: string): { readonly code: string; readonly state: string } {
    const asked = new URL(loginUrl).searchParams;
    const code = createHash('sha256').update(loginUrl).digest('base64url');
    this.grants.set(code, { challenge: asked.get('code_challenge') ?? '', nonce: asked.get('nonce') ?? '' });
    return { code, state: asked.get('state') ?? '' };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.issuer);
    const { down } = this.oddity;
    if (down === 'hangs-up') return void request.socket.destroy();
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return down === 'discovery' ? send(response, 503, {}) : send(response, 200, { ...this.metadata(), ...this.oddity.discovery });
      case '/jwks':
        return down === 'jwks' ? send(response, 500, {}) : send(response, 200, this.oddity.jwks ?? { keys: [this.key.publicJwk] });
      case '/token':
        return down === 'token' ? send(response, 500, {}) : this.grant(request, response);
      case '/userinfo':
        return send(response, 200, { sub: 'alice', ...this.oddity.userInfo });
      default:
        this.strayRequests.push(pathname);
        return send(response, 404, {});
    }
  }

  private metadata(): Record<string, unknown> {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      userinfo_endpoint: `${this.issuer}/userinfo`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
    };
  }

  private async grant(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { answer } = this.oddity;
    if (answer !== undefined) {
      response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'application/json' }).end(answer.body);
      return;
    }
    const form = new URLSearchParams(await bodyOf(request));
    const code = form.get('code') ?? '';
    const granted = this.grants.get(code);
    this.grants.delete(code);
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
    if (clientIn(request) !== `${CLIENT_ID}:${CLIENT_SECRET}`) return send(response, 401, { error: 'invalid_client' });
    if (granted === undefined || granted.challenge !== challenge) return send(response, 400, { error: 'invalid_grant' });
    send(response, 200, { access_token: 'an-access-token', token_type: 'Bearer', expires_in: 60, id_token: this.idToken(granted.nonce) });
  }

  private idToken(nonce: string): unknown {
    const now = Math.floor(Date.now() / 1000);
    const right = { iss: this.issuer, aud: CLIENT_ID, sub: 'alice', iat: now, exp: now + 300, nonce, email: 'alice@example.com', email_verified: true };
    const claims = { ...right, ...this.oddity.claims };
    const header = { alg: 'RS256', kid: this.key.publicJwk.kid, typ: 'JWT', ...this.oddity.header };
    return this.oddity.token === undefined ? rs256(header, claims, this.key) : this.oddity.token(header, claims, this);
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Name and secret are form-encoded before they are joined (RFC 6749 section 2.3.1). */
function clientIn({ headers }: IncomingMessage): string {
  const encoded = (headers.authorization ?? '').replace(/^Basic /, '');
  return Buffer.from(encoded, 'base64').toString().split(':').map(decodeURIComponent).join(':');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
