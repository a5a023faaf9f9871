import type { CacheProvider, Profile } from '@node-saml/node-saml';
import type { VerifiedCallback } from '@node-saml/passport-saml';
import { SIGN_IN_WITHIN_MS } from '../browser-binding.js';
import { runStrategy, type StrategyRequest } from '../run-strategy.js';
import type { IdpMetadata } from './idp-metadata.js';

/** Who we are to the provider. */
export interface ServiceProvider {
  readonly entityId: string;
  readonly acsUrl: string;
}

const CLOCK_SKEW_MS = 60_000;

/** Where to send the browser, and the id of the request that goes with it. */
export async function beginSaml(us: ServiceProvider, idp: IdpMetadata): Promise<{ url: string; requestId: string }> {
  let requestId = '';
  const cache: CacheProvider = {
    saveAsync: async (key, value) => {
      requestId = key;
      return { value, createdAt: 0 };
    },
    getAsync: async () => null,
    removeAsync: async () => null,
  };
  const request: StrategyRequest = { method: 'GET', url: us.acsUrl, query: {}, session: {} };
  const verdict = await runStrategy(await strategyFor(us, idp, cache), request);
  if (verdict.kind !== 'redirect' || requestId === '') throw new Error('The strategy did not lead to the provider');
  return { url: verdict.url, requestId };
}

/**
 * The name of the subject of a response to `requestId` whose response and assertion are both signed by the provider.
 * Throws as node-saml does when they are not.
 */
export async function verifySaml(
  us: ServiceProvider,
  idp: IdpMetadata,
  encoded: string,
  { requestId, begunAt }: { readonly requestId: string; readonly begunAt: string },
): Promise<string | null> {
  const cache: CacheProvider = {
    saveAsync: async () => null,
    getAsync: async (key) => (key === requestId ? begunAt : null),
    removeAsync: async (key) => key,
  };
  const request: StrategyRequest = { method: 'POST', url: us.acsUrl, query: {}, body: { SAMLResponse: encoded }, session: {} };
  const verdict = await runStrategy<Pick<Profile, 'nameID'>>(await strategyFor(us, idp, cache), request);
  return verdict.kind === 'user' ? verdict.user.nameID : null;
}

/** Our own description for the provider's operators (SAML 2.0 Metadata, section 2.4.4). */
export async function describeUs({ entityId, acsUrl }: ServiceProvider): Promise<string> {
  const { generateServiceProviderMetadata } = await import('@node-saml/node-saml');
  return generateServiceProviderMetadata({ issuer: entityId, callbackUrl: acsUrl, wantAssertionsSigned: true, identifierFormat: null });
}

async function strategyFor({ entityId, acsUrl }: ServiceProvider, idp: IdpMetadata, cacheProvider: CacheProvider): Promise<object> {
  const { Strategy } = await import('@node-saml/passport-saml');
  const { ValidateInResponseTo } = await import('@node-saml/node-saml');
  const options = {
    issuer: entityId,
    audience: entityId,
    callbackUrl: acsUrl,
    entryPoint: idp.signOnUrl,
    idpCert: [...idp.certificates],
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: true,
    validateInResponseTo: ValidateInResponseTo.always,
    requestIdExpirationPeriodMs: SIGN_IN_WITHIN_MS,
    acceptedClockSkewMs: CLOCK_SKEW_MS,
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    cacheProvider,
  };
  return new Strategy(
    options,
    (profile: Profile | null, done: VerifiedCallback) => done(null, profile === null ? undefined : { nameID: profile.nameID }),
    (_profile: Profile | null, done: VerifiedCallback) => done(new Error('A log-out of the provider is not taken')),
  );
}
