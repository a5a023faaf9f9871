import { failure, type Failure } from '#libs/contracts';
import { ProviderDownError } from '../bounded-fetch.js';
import { notProven, providerDown } from '../refusals.js';

/** What the token endpoint answers when it refuses the client itself (RFC 6749 section 5.2). */
const CLIENT_REFUSED = new Set(['invalid_client', 'unauthorized_client']);
const MAX_CAUSES = 5;
const PROVIDER_TROUBLE = new Set(['server_error', 'temporarily_unavailable']);

/** The failure that an error of `openid-client` stands for; null for what is a fault of ours. */
export async function oidcFailureOf(error: unknown): Promise<Failure | null> {
  const client = await import('openid-client');
  if (causes(error).some((one) => one instanceof ProviderDownError)) return providerDown().failure;
  if (error instanceof client.AuthorizationResponseError) {
    return PROVIDER_TROUBLE.has(error.error) ? providerDown().failure : notProven('it reports an error').failure;
  }
  if (error instanceof client.WWWAuthenticateChallengeError) return clientRefused();
  if (error instanceof client.ResponseBodyError) {
    return CLIENT_REFUSED.has(error.error) ? clientRefused() : notProven('the code is not good').failure;
  }
  if (error instanceof client.ClientError) return notProven(REASONS[error.code ?? ''] ?? 'it does not hold together').failure;
  return null;
}

/** For the log: what kind of thing was wrong, without anything that was sent. */
export function reasonOf(error: unknown): string {
  return causes(error)
    .filter((one) => one instanceof Error)
    .map(({ message }) => message)
    .join(': ');
}

const REASONS: Readonly<Record<string, string>> = {
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'a claim of the token is not what it must be',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'the token is past its time or not yet valid',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'it speaks of somebody else',
  OAUTH_KEY_SELECTION_FAILED: 'the token is signed with no key of the provider',
};

function clientRefused(): Failure {
  return failure(
    'provider_auth',
    'The identity provider refuses this gateway as a client; OIDC_CLIENT_ID and OIDC_CLIENT_SECRET need a look.',
  );
}

function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let one = error; one !== undefined && one !== null && chain.length < MAX_CAUSES; one = one instanceof Error ? one.cause : null) {
    chain.push(one);
  }
  return chain;
}
