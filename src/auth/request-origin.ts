import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../config/config.js';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** True for methods that change nothing (RFC 9110, safe methods). */
export function isReading(method: string): boolean {
  return READING.has(method);
}

/** True when the browser says that a page of ours, or of an allowed origin, made the request. */
export function isFromOwnPage(headers: IncomingHttpHeaders, config: Config): boolean {
  if (headers.origin !== undefined) return config.isAllowedOrigin(headers.origin);
  return headers['sec-fetch-site'] === 'same-origin';
}

/** True when the browser says that a foreign page made the request; outside browsers neither header is sent. */
export function isFromForeignPage(headers: IncomingHttpHeaders, config: Config): boolean {
  if (headers.origin === undefined && headers['sec-fetch-site'] === undefined) return false;
  return !isFromOwnPage(headers, config);
}
