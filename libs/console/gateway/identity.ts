import { MeSchema, SignInMethodsSchema, type Me, type SignInMethods } from '#libs/contracts';
import { ProblemError } from '#libs/client';
import { http } from './client.js';

/** Who is signed in with this browser; null when nobody is. Throws as the client does when the gateway cannot say. */
export async function whoIsThere(): Promise<Me | null> {
  try {
    return await http.call('GET', '/auth/me', MeSchema);
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'unauthenticated') return null;
    throw error;
  }
}

/** The identity providers with which one may sign in here. Throws as the client does when the gateway cannot say. */
export async function signInMethods(): Promise<SignInMethods['methods']> {
  return (await http.call('GET', '/auth/methods', SignInMethodsSchema)).methods;
}

/** Trades a one-time token for the cookie. Throws `ProblemError` when it is wrong, used or too old. */
export async function signInWithLink(token: string): Promise<void> {
  await http.call('POST', '/auth/link', MeSchema, { body: { token } });
}

/** Trades an API key for the cookie. Throws `ProblemError` when the key is not good. */
export function signInWithKey(apiKey: string): Promise<Me> {
  return http.call('POST', '/auth/api-key', MeSchema, { body: { apiKey } });
}

export async function signOut(): Promise<void> {
  await http.callForNothing('POST', '/auth/logout');
}
