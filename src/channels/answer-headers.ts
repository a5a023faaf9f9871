import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { continueTrace } from './trace-context.js';

/** Answers of the API show nothing in a browser and may be framed by nobody; pages set a policy of their own. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const PRIVATE_PATHS = ['/api/', '/auth/'];

/** What every answer carries, errors and unknown paths too. */
export function answerHeaders(request: Pick<IncomingMessage, 'headers' | 'url'>, requestId: string): Record<string, string> {
  const url = request.url ?? '';
  return {
    'x-request-id': requestId,
    traceparent: continueTrace(request.headers['traceparent']),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': API_POLICY,
    ...(PRIVATE_PATHS.some((path) => url.startsWith(path)) ? { 'cache-control': 'no-store' } : {}),
  };
}

/** Fastify hook that puts them on. */
export function setAnswerHeaders(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.headers(answerHeaders(request.raw, request.id));
  done();
}
