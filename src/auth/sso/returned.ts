import type { SsoAccount } from './account.js';

/** A sign-in that begins: where the browser goes, and the cookie that ties it to this. */
export interface Begun {
  readonly url: string;
  readonly setCookie: string;
}

/** Somebody whose sign-in at the provider is proven, and where they wanted to go. */
export interface Returned {
  readonly account: SsoAccount;
  readonly returnTo: string;
}
