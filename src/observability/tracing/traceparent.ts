/** What a `traceparent` says (W3C Trace Context, level 1). */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  /** Two hexadecimal digits; the lowest bit: sampled. */
  readonly flags: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const MAX_LENGTH = 512;

/** Null for what is not one; of a version we do not know, what version 00 says of it. */
export function readTraceparent(text: unknown): TraceParent | null {
  if (typeof text !== 'string' || text.length > MAX_LENGTH) return null;
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (version === 'ff' || traceId === NO_TRACE || spanId === NO_SPAN || (version === '00' && rest !== undefined)) return null;
  return { traceId, spanId, flags };
}

/** Of a version that we know, with the lowest bit of its flags not set. Asked for each span, so that it is one look and makes nothing. */
const NOT_SAMPLED = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f][02468ace]$/;

/** True when `text` is a `traceparent` of version 00 that says that its trace is not sampled. */
export function isNotSampled(text: string): boolean {
  return NOT_SAMPLED.test(text);
}
