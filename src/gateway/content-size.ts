import type { Content } from '#libs/contracts';

/** The most UTF-8 bytes that one UTF-16 unit can take in JSON: an escape such as \u0000. */
const MOST_BYTES_PER_UNIT = 6;

/** True when `content` as JSON has more than `max` UTF-8 bytes. */
export function exceeds(content: Content, max: number): boolean {
  if (typeof content === 'string' && content.length * MOST_BYTES_PER_UNIT + 2 <= max) return false;
  return Buffer.byteLength(JSON.stringify(content)) > max;
}
