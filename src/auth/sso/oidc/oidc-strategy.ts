import type { Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import { z } from 'zod';
import { newSecret } from '../../secret.js';
import { runStrategy, type StrategyRequest, type Verdict } from '../run-strategy.js';

export type OidcTokens = TokenEndpointResponse & TokenEndpointResponseHelpers;

/** What must be the same when the browser comes back, as the strategy keeps it. */
export const OidcStateSchema = z.object({ code_verifier: z.string(), state: z.string(), nonce: z.string() });
export type OidcState = z.infer<typeof OidcStateSchema>;

const SESSION_KEY = 'oidc';
const SCOPE = 'openid email profile';

/** Where to send the browser, and what to keep for its return: PKCE (S256), state and nonce, always all three. */
export async function beginOidc(configuration: Configuration, callbackUrl: string): Promise<{ url: string; state: OidcState }> {
  const session: Record<string, unknown> = {};
  const request: StrategyRequest = { method: 'GET', url: callbackUrl, query: {}, session };
  const verdict = await runStrategy<OidcTokens>(await strategyFor(configuration, callbackUrl, true), request);
  if (verdict.kind !== 'redirect') throw new Error('The strategy did not lead to the provider');
  return { url: verdict.url, state: OidcStateSchema.parse(session[SESSION_KEY]) };
}

/** Trades the code of the callback for tokens and checks them against what was kept. Throws as `openid-client` does. */
export async function finishOidc(
  configuration: Configuration,
  callbackUrl: string,
  search: string,
  state: OidcState,
): Promise<Verdict<OidcTokens>> {
  const request: StrategyRequest = { method: 'GET', url: callbackUrl + search, query: {}, session: { [SESSION_KEY]: state } };
  return runStrategy<OidcTokens>(await strategyFor(configuration, callbackUrl, false), request);
}

async function strategyFor(configuration: Configuration, callbackUrl: string, begins: boolean) {
  const { Strategy } = await import('openid-client/passport');
  /** The library's own sends `state` and `nonce` only to some providers, and takes a callback without a code for a new beginning. */
  class BoundStrategy extends Strategy {
    override authorizationRequestParams(): URLSearchParams {
      return new URLSearchParams({ state: newSecret(), nonce: newSecret() });
    }

    override currentUrl(request: { readonly url: string }): URL {
      return new URL(request.url);
    }

    override shouldInitiateAuthRequest(): boolean {
      return begins;
    }
  }
  return new BoundStrategy({ config: configuration, callbackURL: callbackUrl, scope: SCOPE, sessionKey: SESSION_KEY }, (tokens, verified) => {
    verified(null, { ...tokens, claims: () => tokens.claims(), expiresIn: () => tokens.expiresIn() });
  });
}
