import type { Config } from '../../config/config.js';
import { digest, newSecret } from '../secret.js';
import { cookieValues, sessionCookie } from '../session-cookie.js';
import type { SsoMethod } from './account.js';

/** How long a sign-in may take at the provider. */
export const SIGN_IN_WITHIN_MS = 600_000;

/**
 * The cookie that ties a sign-in to the browser in which it began. The answer of OpenID Connect is a navigation, so `Lax` arrives;
 * the answer of SAML is a POST from the provider's page, for which https has `None` (it needs Secure). On http of this machine
 * there is no cookie that survives such a POST in every browser, see `SamlSignIn`.
 */
export class BrowserBinding {
  readonly #name: string;
  readonly #attributes: string;

  constructor(
    private readonly config: Config,
    method: SsoMethod,
  ) {
    const { name, secure } = sessionCookie(config);
    this.#name = `${name}-${method}`;
    const sameSite = method === 'saml' && secure ? 'None' : 'Lax';
    this.#attributes = `; Path=/; HttpOnly; SameSite=${sameSite}${secure ? '; Secure' : ''}`;
  }

  /** A new secret for this browser, and the `Set-Cookie` that gives it. */
  begin(): { readonly secret: string; readonly setCookie: string } {
    const secret = newSecret();
    return { secret, setCookie: `${this.#name}=${secret}${this.#attributes}; Max-Age=${SIGN_IN_WITHIN_MS / 1000}` };
  }

  /** The `Set-Cookie` that takes it away. */
  end(): string {
    return `${this.#name}=${this.#attributes}; Max-Age=0`;
  }

  /** What the browser holds; null when it holds nothing, or more than one. */
  secretIn(cookies: string | undefined): string | null {
    const [secret, ...more] = cookieValues(cookies, this.#name);
    return secret === undefined || secret === '' || more.length > 0 ? null : secret;
  }

  /** Whether a cookie that the provider's POST does not bring will come with a GET after it. */
  get isLostInForeignPosts(): boolean {
    return !sessionCookie(this.config).secure;
  }
}

/** What is kept of a browser's secret. */
export function fingerprintOf(secret: string): string {
  return digest(`browser:${secret}`);
}
