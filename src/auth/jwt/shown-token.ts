import { z } from 'zod';

const FORM = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;
/** Headers that name a key or where to get one: a token that brings its own key proves nothing (RFC 8725, section 3.10). */
const KEY_HEADERS = ['jku', 'x5u', 'jwk'];
/** Tokens for something else, such as a log-out, are signed by the same keys; they say so in `typ` (RFC 8725, section 3.11). */
const TYPES = new Set(['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']);

const HeaderSchema = z.looseObject({ alg: z.string(), typ: z.string().optional() });
const ClaimsSchema = z.looseObject({ iss: z.string(), aud: z.union([z.string(), z.array(z.string()).max(64)]) });

/** What a token says of itself, of which nothing is proven. */
export interface ShownToken {
  readonly algorithm: string;
  readonly issuer: string;
  readonly audiences: readonly string[];
}

/** True for a text of the form of a signed token in compact form (RFC 7515) whose header is a JSON object. */
export function looksLikeToken(text: string): boolean {
  return FORM.test(text);
}

/** Null when it is no token that could be believed, whoever signed it. */
export function readToken(token: string): ShownToken | null {
  const [header, claims] = token.split('.').map(parsed);
  const head = HeaderSchema.safeParse(header);
  const body = ClaimsSchema.safeParse(claims);
  if (!head.success || !body.success) return null;
  if (KEY_HEADERS.some((name) => Object.hasOwn(head.data, name))) return null;
  if (head.data.typ !== undefined && !TYPES.has(head.data.typ.toLowerCase())) return null;
  const { iss: issuer, aud } = body.data;
  return { algorithm: head.data.alg, issuer, audiences: typeof aud === 'string' ? [aud] : aud };
}

function parsed(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
