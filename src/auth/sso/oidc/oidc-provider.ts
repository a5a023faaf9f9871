import { Injectable } from '@nestjs/common';
import type { ClientAuth, Configuration } from 'openid-client';
import { Clock } from '#libs/ports';
import { Config } from '../../../config/config.js';
import { boundedFetch, ProviderDownError } from '../bounded-fetch.js';

const KEPT_MS = 3_600_000;
/** Without these nobody can sign in by the authorization code; the document need not hold them all (OpenID Connect Discovery 1.0, section 3). */
const NEEDED = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;

/** The OpenID Connect provider of the settings, found by discovery when the first operator wants to sign in, and again each hour. */
@Injectable()
export class OidcProvider {
  private known: { readonly configuration: Promise<Configuration>; readonly until: number } | null = null;

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  get isConfigured(): boolean {
    return this.config.settings.OIDC_ISSUER !== undefined;
  }

  /** Its metadata and our client. Throws `ProviderDownError` when it cannot be reached or does not say where to sign in; that is forgotten at once. */
  async configuration(): Promise<Configuration> {
    const now = this.clock.now();
    if (this.known === null || this.known.until <= now) this.known = { configuration: this.discover(), until: now + KEPT_MS };
    const { known } = this;
    try {
      return await known.configuration;
    } catch (error) {
      if (this.known === known) this.known = null;
      throw error;
    }
  }

  private async discover(): Promise<Configuration> {
    const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = this.config.settings;
    if (OIDC_ISSUER === undefined || OIDC_CLIENT_ID === undefined) throw new Error('OpenID Connect is not set up');
    const client = await import('openid-client');
    const isLocal = OIDC_ISSUER.startsWith('http:');
    const authentication: ClientAuth =
      OIDC_CLIENT_SECRET === undefined
        ? client.None()
        : (server, ...rest) => {
            const wantsPost = takesOnlyPost(server.token_endpoint_auth_methods_supported);
            (wantsPost ? client.ClientSecretPost(OIDC_CLIENT_SECRET) : client.ClientSecretBasic(OIDC_CLIENT_SECRET))(server, ...rest);
          };
    const configuration = await client.discovery(new URL(OIDC_ISSUER), OIDC_CLIENT_ID, {}, authentication, {
      // Without it the ID token's signature is not looked at, because the token came straight from the provider.
      execute: [client.enableNonRepudiationChecks, ...(isLocal ? [client.allowInsecureRequests] : [])],
      [client.customFetch]: (url, { method, headers, body }) =>
        boundedFetch(url, { method, headers, ...(body instanceof URLSearchParams ? { body } : {}) }),
    });
    const metadata = configuration.serverMetadata();
    const missing = NEEDED.filter((name) => metadata[name] === undefined);
    if (missing.length > 0) throw new ProviderDownError(`names no ${missing.join(', ')} in its discovery document`);
    return configuration;
  }
}

/** `client_secret_basic` is what providers take that do not say (OpenID Connect Discovery 1.0, section 3). */
function takesOnlyPost(methods: readonly string[] | undefined): boolean {
  return methods !== undefined && methods.includes('client_secret_post') && !methods.includes('client_secret_basic');
}
