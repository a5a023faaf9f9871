import type { IncomingHttpHeaders } from 'node:http';
import type { IdGenerator } from '#libs/ports';

const SAFE = /^[A-Za-z0-9._:+/=@-]{1,128}$/;

/** The id under which a request is logged and answered: the caller's `X-Request-Id` when it is short and plain, otherwise a new one. */
export function requestId(headers: IncomingHttpHeaders, ids: IdGenerator): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SAFE.test(given) ? given : ids.next();
}
