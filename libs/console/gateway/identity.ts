import { call } from './call.js';
import { TroubleError } from './trouble.js';

/** Whether this browser is signed in. Throws `TroubleError` when the gateway cannot say. */
export async function isSignedIn(): Promise<boolean> {
  try {
    await call('GET', '/auth/me');
    return true;
  } catch (error) {
    if (error instanceof TroubleError && error.trouble.code === 'unauthenticated') return false;
    throw error;
  }
}

/** Trades a one-time token for the cookie; throws `TroubleError` when it is wrong, used or too old. */
export async function signInWithLink(token: string): Promise<void> {
  await call('POST', '/auth/link', { token });
}

export async function signInWithKey(apiKey: string): Promise<void> {
  await call('POST', '/auth/api-key', { apiKey });
}

export async function signOut(): Promise<void> {
  await call('POST', '/auth/logout');
}
