import { isId } from '#libs/contracts';

/** Shorter than every secret that the gateway makes or takes. */
const MAX_SEGMENT = 24;
const PLAIN = /^[\w.:~-]*$/;
const LEFT_OUT = '…';

/** The path of an address for the log: without its query, and with only those parts that are ids of ours or too short to be a secret. */
export function plainPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path
    .split('/')
    .map((segment) => (isId(segment) || (segment.length <= MAX_SEGMENT && PLAIN.test(segment)) ? segment : LEFT_OUT))
    .join('/');
}
