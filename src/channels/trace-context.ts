import { randomBytes } from 'node:crypto';
import { readTraceparent } from '../observability/tracing/traceparent.js';

/**
 * The `traceparent` of an answer (W3C Trace Context, level 1): goes on with a valid incoming trace under a new span,
 * otherwise begins one. Flags are kept; a new trace is not sampled. The answer to a message that is traced names its span instead.
 */
export function continueTrace(incoming: string | string[] | undefined): string {
  const span = randomBytes(8).toString('hex');
  const known = readTraceparent(incoming);
  return known === null ? `00-${randomBytes(16).toString('hex')}-${span}-00` : `00-${known.traceId}-${span}-${known.flags}`;
}
