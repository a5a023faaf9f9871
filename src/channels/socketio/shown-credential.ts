import { z } from 'zod';
import { invalid, ok, refused, type Outcome } from '#libs/channel-sdk';
import { failure } from '#libs/contracts';
import type { Credential } from '../../auth/authenticator.js';
import { cookieValues } from '../../auth/session-cookie.js';

const secret = z.string().min(1).max(4096);
const token = z.string().min(1).max(8192);
const ShownSchema = z.union(
  [z.strictObject({ apiKey: secret }), z.strictObject({ token }), z.strictObject({ ticket: secret }), z.strictObject({ resume: secret })],
  'Give exactly one of apiKey, token, ticket, resume.',
);

/** What a handshake carries. */
export interface Shown {
  readonly auth: Readonly<Record<string, unknown>>;
  readonly cookies: string | undefined;
  readonly origin: string | undefined;
}

/**
 * What a client shows at the handshake: exactly one of key, user's token, ticket, resume token in `auth`; without `auth`, the operator's cookie.
 * A cookie counts only with an `Origin` (which was found to be allowed): without one nobody knows which page sent it.
 */
export function shownCredential({ auth, cookies, origin }: Shown, cookieName: string): Outcome<Credential> {
  if (Object.keys(auth).length > 0) {
    const shown = ShownSchema.safeParse(auth);
    if (!shown.success) return refused(invalid(shown.error.issues));
    if ('apiKey' in shown.data) return ok({ kind: 'api-key', key: shown.data.apiKey });
    if ('token' in shown.data) return ok({ kind: 'token', token: shown.data.token });
    if ('ticket' in shown.data) return ok({ kind: 'ticket', ticket: shown.data.ticket });
    return ok({ kind: 'resume', token: shown.data.resume });
  }
  const [value, ...others] = origin === undefined ? [] : cookieValues(cookies, cookieName);
  if (value === undefined || others.length > 0) {
    return refused(failure('unauthenticated', 'Send an API key, a token, a ticket or a resume token in auth.'));
  }
  return ok({ kind: 'cookie', value });
}
