/** What a single-use token is good for. */
export type TokenKind = 'ticket' | 'resume' | 'link' | 'oidc-login' | 'saml-request' | 'saml-answer';

export interface TokenRecord {
  readonly kind: TokenKind;
  /** SHA-256 of the token, base64url. */
  readonly hash: string;
  readonly tenantId: string;
  /** The credential it was made from; revoking that revokes this. */
  readonly credentialId: string;
  /** What the token stands for, as JSON. */
  readonly payload: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Secrets that work once: tickets, resume tokens, sign-in links, sign-ins under way at an identity provider. They survive a restart. */
export abstract class Tokens {
  abstract issue(token: TokenRecord): Promise<void>;
  /** Takes the token out; null when it is unknown, used or past its time. Of two callers at once one gets it. */
  abstract redeem(kind: TokenKind, hash: string, at: number): Promise<TokenRecord | null>;
  /** Removes all tokens made from a credential. */
  abstract revoke(credentialId: string): Promise<void>;
  /** Removes all tokens of a kind. */
  abstract revokeKind(kind: TokenKind): Promise<void>;
  /** Removes up to `limit` tokens that ended before `at`; returns how many. */
  abstract sweep(at: number, limit: number): Promise<number>;
}
