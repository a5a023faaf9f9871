import type { Configuration } from 'openid-client';
import { ok, type Outcome } from '#libs/channel-sdk';
import type { SsoAccount } from '../account.js';
import { notProven } from '../refusals.js';
import type { OidcTokens } from './oidc-strategy.js';

const MAX_SUBJECT_LENGTH = 255;
const CLOCK_TOLERANCE_S = 60;

type Claims = Readonly<Record<string, unknown>>;

/**
 * The account behind tokens whose signature, issuer, audience, nonce and times are checked already. What the ID token does not tell
 * is asked for at the provider's userinfo. `now` in milliseconds.
 */
export async function accountBehind(
  configuration: Configuration,
  tokens: OidcTokens,
  wish: { readonly clientId: string; readonly roleClaim: string | undefined; readonly now: number },
): Promise<Outcome<SsoAccount>> {
  const claims = tokens.claims();
  if (claims === undefined) return notProven('it holds no ID token');
  // The library looks at azp only beside several audiences (OpenID Connect Core 1.0, section 3.1.3.7).
  if (claims.azp !== undefined && claims.azp !== wish.clientId) return notProven('the token was given to another client');
  if (claims.iat > wish.now / 1000 + CLOCK_TOLERANCE_S) return notProven('the token is not yet valid');
  if (claims.sub === '' || claims.sub.length > MAX_SUBJECT_LENGTH) return notProven('the subject is empty or too long');
  const told = await withUserInfo(configuration, tokens, claims, wish.roleClaim);
  return ok({
    method: 'oidc',
    issuer: claims.iss,
    subject: claims.sub,
    address: typeof told['email'] === 'string' ? { text: told['email'], verified: told['email_verified'] === true } : null,
    roles: wish.roleClaim === undefined ? [] : textsIn(own(told, wish.roleClaim)),
  });
}

async function withUserInfo(
  configuration: Configuration,
  tokens: OidcTokens,
  claims: Claims & { readonly sub: string },
  roleClaim: string | undefined,
): Promise<Claims> {
  const isWhole = own(claims, 'email') !== undefined && (roleClaim === undefined || own(claims, roleClaim) !== undefined);
  if (isWhole || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
  const { fetchUserInfo } = await import('openid-client');
  const userInfo: Claims = await fetchUserInfo(configuration, tokens.access_token, claims.sub);
  // The address comes with its own word on whether it is verified, never with that of the other source.
  const source = own(claims, 'email') === undefined ? userInfo : claims;
  return { ...userInfo, ...claims, email: own(source, 'email'), email_verified: own(source, 'email_verified') };
}

function own(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function textsIn(value: unknown): string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === 'string');
}
