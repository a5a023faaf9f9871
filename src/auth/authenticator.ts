import type { Principal } from '#libs/contracts';
import type { Outcome } from '#libs/channel-sdk';

/** What a caller shows. Exactly one is looked at; which one, the door has decided. */
export type Credential =
  | { readonly kind: 'api-key'; readonly key: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'ticket'; readonly ticket: string }
  | { readonly kind: 'resume'; readonly token: string }
  | { readonly kind: 'cookie'; readonly value: string };

export interface ResumeGrant {
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Says who is calling. Refusals are `unauthenticated`; what was shown never appears in them. */
export abstract class Authenticator {
  /** `requestId` is asked where the log has something to tell about this request. */
  abstract authenticate(credential: Credential, requestId?: () => string): Promise<Outcome<Principal>>;
  /** A single-use token with which this principal comes back within 24 h, also after a restart. */
  abstract grantResume(principal: Principal): Promise<ResumeGrant>;
  /** Calls `ended` once, within a second, when the credential behind the principal is revoked or expires. Returns how to stop watching. */
  abstract watch(principal: Principal, ended: () => void): () => void;
}
