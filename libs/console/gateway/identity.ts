import { PrincipalViewSchema, SignInMethodsSchema, type SignInMethods } from '#libs/contracts';
import { ProblemError } from '#libs/client';
import { http } from './client.js';

/** Whether this browser is signed in. Throws as the client does when the gateway cannot say. */
export async function isSignedIn(): Promise<boolean> {
  try {
    await http.call('GET', '/auth/me', PrincipalViewSchema);
    return true;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'unauthenticated') return false;
    throw error;
  }
}

/** The identity providers with which one may sign in here. Throws as the client does when the gateway cannot say. */
export async function signInMethods(): Promise<SignInMethods['methods']> {
  return (await http.call('GET', '/auth/methods', SignInMethodsSchema)).methods;
}

/** Trades a one-time token for the cookie. Throws `ProblemError` when it is wrong, used or too old. */
export async function signInWithLink(token: string): Promise<void> {
  await http.call('POST', '/auth/link', PrincipalViewSchema, { body: { token } });
}

/** Trades an API key for the cookie. Throws `ProblemError` when the key is not good. */
export async function signInWithKey(apiKey: string): Promise<void> {
  await http.call('POST', '/auth/api-key', PrincipalViewSchema, { body: { apiKey } });
}

export async function signOut(): Promise<void> {
  await http.callForNothing('POST', '/auth/logout');
}
