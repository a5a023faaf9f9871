import { Injectable } from '@nestjs/common';
import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { Clock } from '#libs/ports';
import { EgressGuard } from '../../egress-guard/egress-guard.js';
import { Log } from '../../observability/log.js';
import type { TrustedIssuer } from './trusted-issuers.js';

const DEADLINE_MS = 5000;
/** How old keys may get before they are fetched again. */
const KEPT_MS = 600_000;
/** After a fetch a key that is not known is looked for again only so much later; the same after a fetch that failed. */
const COOLDOWN_MS = 30_000;
const FAILED_COOLDOWN_MS = 10_000;
const MAX_BYTES = 65_536;
const MAX_ISSUERS = 1000;

const DiscoverySchema = z.object({ issuer: z.string(), jwks_uri: z.string() });

/**
 * The public keys of issuers, fetched when a token needs them. A stranger's tokens cannot make us fetch more often than the cooldowns
 * say, nor from anywhere but where the tenant said and the egress guard lets us.
 */
@Injectable()
export class IssuerKeys {
  private readonly byIssuer = new Map<string, JWTVerifyGetKey>();

  constructor(
    private readonly egress: EgressGuard,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Finds the key that a token's header names. What it throws says that there is none, or that the keys cannot be had. */
  async of(issuer: TrustedIssuer): Promise<JWTVerifyGetKey> {
    const known = this.byIssuer.get(issuer.id);
    if (known !== undefined) return known;
    const keys = await this.keysOf(issuer);
    const oldest = this.byIssuer.keys().next();
    if (this.byIssuer.size >= MAX_ISSUERS && oldest.done !== true) this.byIssuer.delete(oldest.value);
    this.byIssuer.set(issuer.id, keys);
    return keys;
  }

  forget(issuerId: string): void {
    this.byIssuer.delete(issuerId);
  }

  private async keysOf(issuer: TrustedIssuer): Promise<JWTVerifyGetKey> {
    const { createRemoteJWKSet, customFetch } = await import('jose');
    const url = issuer.jwksUrl ?? discoveryOf(issuer.issuer);
    let failedAt = -Infinity;
    return createRemoteJWKSet(new URL(url), {
      timeoutDuration: DEADLINE_MS,
      cacheMaxAge: KEPT_MS,
      cooldownDuration: COOLDOWN_MS,
      [customFetch]: async (_url: string, { signal }: { readonly signal: AbortSignal }) => {
        if (this.clock.now() - failedAt < FAILED_COOLDOWN_MS) throw new Error('the keys could not be fetched a moment ago');
        try {
          const body = await this.fetchKeys(issuer, signal);
          return new Response(body, { status: 200 });
        } catch (error) {
          failedAt = this.clock.now();
          this.log.warn('the keys of an issuer of tokens could not be fetched', { tenantId: issuer.tenantId, issuerId: issuer.id, error });
          throw error;
        }
      },
    });
  }

  private async fetchKeys({ issuer, jwksUrl }: TrustedIssuer, signal: AbortSignal): Promise<string> {
    if (jwksUrl !== null) return this.fetch(jwksUrl, signal);
    const found = DiscoverySchema.parse(JSON.parse(await this.fetch(discoveryOf(issuer), signal)));
    if (found.issuer !== issuer) throw new Error('the discovery document is that of another issuer');
    return this.fetch(found.jwks_uri, signal);
  }

  private async fetch(url: string, signal: AbortSignal): Promise<string> {
    const { status, body } = await this.egress.get({ url, headers: { accept: 'application/json' }, maxBytes: MAX_BYTES, signal });
    if (status !== 200) throw new Error(`answered with status ${status}`);
    return body.toString('utf8');
  }
}

/** OpenID Connect Discovery 1.0, section 4. */
export function discoveryOf(issuer: string): string {
  return `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
}
