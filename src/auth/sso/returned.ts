import { z } from 'zod';
import type { SsoAccount } from './account.js';

/** What somebody wants who begins a sign-in: where to go when they are back, and in which tenant, when they say so. */
export const WishSchema = z.object({ returnTo: z.string(), tenantId: z.string().nullable().default(null) });
export type Wish = z.infer<typeof WishSchema>;

/** A sign-in that begins: where the browser goes, and the cookie that ties it to this. */
export interface Begun {
  readonly url: string;
  readonly setCookie: string;
}

/** Somebody whose sign-in at the provider is proven, and what they wanted. */
export interface Returned {
  readonly account: SsoAccount;
  readonly wish: Wish;
}
