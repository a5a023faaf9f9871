import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.js';

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const HEADERS = 'authorization, content-type, idempotency-key, last-event-id, prefer, traceparent, x-api-key, x-request-id';
const EXPOSED =
  'location, preference-applied, ratelimit, ratelimit-policy, retry-after, server-timing, traceparent, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-request-id';
const PREFLIGHT_SECONDS = '600';

/** Fastify hook: lets pages of allowed origins read our answers (fetch.spec.whatwg.org, CORS); all others get no such header. */
export function crossOrigin(config: Config) {
  return function answerOrigin(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const headers = originHeaders(config, request.headers.origin);
    reply.headers(headers);
    if (headers['access-control-allow-origin'] === undefined) return done();
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return done();
    reply
      .code(204)
      .headers({ 'access-control-allow-methods': METHODS, 'access-control-allow-headers': HEADERS, 'access-control-max-age': PREFLIGHT_SECONDS })
      .send();
  };
}

/** What tells a browser whether a page of this origin may read the answer. */
export function originHeaders(config: Config, origin: string | undefined): Record<string, string> {
  if (origin === undefined || !config.isAllowedOrigin(origin)) return { vary: 'Origin' };
  return { vary: 'Origin', 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', 'access-control-expose-headers': EXPOSED };
}
