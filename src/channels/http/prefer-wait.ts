/** Longest wait that is granted, in seconds (CONTRACT section 5). */
const MAX_WAIT_SECONDS = 60;

const WAIT = /^wait\s*=\s*"?(\d+)"?\s*(?:;.*)?$/i;

/** Seconds of the first `wait` in a `Prefer` header (RFC 7240), at most 60; null without one. What is malformed is ignored, as the RFC asks. */
export function preferWait(header: string | readonly string[] | undefined): number | null {
  if (header === undefined) return null;
  const preferences = (typeof header === 'string' ? header : header.join(',')).split(',');
  for (const preference of preferences) {
    const seconds = WAIT.exec(preference.trim())?.[1];
    if (seconds !== undefined) return Math.min(Number(seconds), MAX_WAIT_SECONDS);
  }
  return null;
}
