/** How an operator may sign in at an identity provider. */
export const SSO_METHODS = ['oidc', 'saml'] as const;
export type SsoMethod = (typeof SSO_METHODS)[number];

/** What a provider said, and we believe, about somebody who signed in there. */
export interface SsoAccount {
  readonly method: SsoMethod;
  /** Issuer and subject together are the account; nothing else is. */
  readonly issuer: string;
  readonly subject: string;
  /** Null when the provider told none. */
  readonly address: { readonly text: string; readonly verified: boolean } | null;
  /** What the claim or attribute for roles held. */
  readonly roles: readonly string[];
}
