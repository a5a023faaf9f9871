const MAX_LENGTH = 2048;
// A backslash is a slash to browsers, and they drop tabs and line ends before they look (WHATWG URL, section 4.4).
const PLAIN = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/;

/** The local address (path, query, fragment) that `returnTo` names; null when it could lead anywhere else. */
export function localAddress(returnTo: string): string | null {
  if (returnTo.length > MAX_LENGTH || !PLAIN.test(returnTo)) return null;
  const base = 'http://parley.invalid';
  if (!URL.canParse(returnTo, base)) return null;
  const { origin, pathname, search, hash } = new URL(returnTo, base);
  // `/.//host` becomes `//host` once the dots are gone.
  return origin === base && !pathname.startsWith('//') ? pathname + search + hash : null;
}
