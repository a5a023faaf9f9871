import type { Check, Scope } from '#libs/contracts';
import { failed, good, warning } from './check.js';

/** What of a key tells whether it is good for something. */
export interface KeyFacts {
  readonly scopes: readonly Scope[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | null;
}

/** Whether somebody can administer the gateway, and which keys have ended. */
export function keysCheck(keys: readonly KeyFacts[], hasAdminKey: boolean, now: number): Check {
  const expired = keys.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now);
  const admin = hasAdminKey || keys.some((key) => key.scopes.includes('admin') && !expired.includes(key));
  const detail = `${keys.length} keys of the tenant default, ${expired.length} expired`;
  if (!admin) return failed('keys', `${detail}, none that may administer`, 'restart the gateway, which makes a key for this machine, or set ADMIN_API_KEY');
  if (expired.length > 0) return warning('keys', detail, 'rotate the ones that are still used, revoke the others: parley keys list');
  return good('keys', detail);
}
