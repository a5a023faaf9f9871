import type { Config } from '../config/config.js';

/** How the operator's cookie is called and sent, for the address that clients are told. */
export interface SessionCookie {
  readonly name: '__Host-parley' | 'parley';
  readonly secure: boolean;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** `__Host-parley` with Secure on https (RFC 6265bis), `parley` without Secure on http. */
export function sessionCookie(config: Config): SessionCookie {
  const secure = config.publicUrl.startsWith('https:');
  return { name: secure ? '__Host-parley' : 'parley', secure };
}

/** False when a cookie would cross a network in the clear: plain http to anything but this machine. */
export function isSafeForCookies(config: Config, host: string | undefined): boolean {
  if (sessionCookie(config).secure) return true;
  return LOOPBACK.has(new URL(config.publicUrl).hostname) && host !== undefined && LOOPBACK.has(hostnameOf(host));
}

/** The `Set-Cookie` that signs in, for `maxAgeMs`; with an empty value and 0 it signs out. */
export function setCookie(cookie: SessionCookie, value: string, maxAgeMs: number): string {
  const secure = cookie.secure ? '; Secure' : '';
  return `${cookie.name}=${value}; Path=/; Max-Age=${Math.floor(maxAgeMs / 1000)}; HttpOnly; SameSite=Lax${secure}`;
}

/** Every value that a `Cookie` header holds under the name: more than one is somebody tampering. */
export function cookieValues(header: string | undefined, name: string): string[] {
  if (header === undefined) return [];
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

function hostnameOf(host: string): string {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname : '';
}
