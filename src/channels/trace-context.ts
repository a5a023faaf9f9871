import { randomBytes } from 'node:crypto';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/**
 * The `traceparent` of an answer (W3C Trace Context, level 1): goes on with a valid incoming trace under a new span,
 * otherwise begins one. Flags are kept; a new trace is not sampled.
 */
export function continueTrace(incoming: string | string[] | undefined): string {
  const span = randomBytes(8).toString('hex');
  const [, version, trace, parent, flags = '00', rest] = TRACEPARENT.exec(typeof incoming === 'string' ? incoming : '') ?? [];
  const known = version !== undefined && version !== 'ff' && trace !== NO_TRACE && parent !== NO_SPAN && (version !== '00' || rest === undefined);
  return known ? `00-${trace}-${span}-${flags}` : `00-${randomBytes(16).toString('hex')}-${span}-00`;
}
