import type { FastifyRequest } from 'fastify';
import { FailureError } from '#libs/contracts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes `application/x-www-form-urlencoded`, as browsers post it; all others refuse it, so that no foreign form reaches them. */
    takesForms?: boolean;
  }
}

const MAX_FIELDS = 16;

/** Reads the body of a route that takes forms; a field given twice is `validation_failed`. */
export async function readFormBody(request: FastifyRequest, body: string | Buffer): Promise<Record<string, string>> {
  if (request.routeOptions.config.takesForms !== true) throw FailureError.of('unsupported_media_type', 'Send a body as application/json.');
  const fields = [...new URLSearchParams(body.toString())];
  const names = new Set(fields.map(([name]) => name));
  if (names.size < fields.length || fields.length > MAX_FIELDS) throw FailureError.of('validation_failed', 'The form must hold each field once, and few.');
  return Object.fromEntries(fields);
}
