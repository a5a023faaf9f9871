import { ServerResponse, type IncomingMessage } from 'node:http';
import { failure, toProblem } from '#libs/contracts';
import type { IdGenerator } from '#libs/ports';
import type { Config } from '../../config/config.js';
import { requestId } from '../request-id.js';
import { continueTrace } from '../trace-context.js';
import { refuseRequest } from './refused-request.js';

type Next = (error?: Error) => void;

const FOREIGN = failure('permission_denied', 'This gateway takes no connections from this origin.');

/**
 * Refuses a foreign `Origin` with 403 on every request of the door, upgrades and polls of a known session included;
 * Engine.IO's own `allowRequest` sees only the first request of each. A request without `Origin` passes.
 * Every answer, Engine.IO's own too, carries request id and trace.
 */
export function originGuard(config: Config, ids: IdGenerator, refused: (request: IncomingMessage) => void) {
  return (request: IncomingMessage, response: unknown, next: Next): void => {
    const { origin } = request.headers;
    const id = requestId(request.headers, ids);
    if (origin === undefined || config.isAllowedOrigin(origin)) {
      if (response instanceof ServerResponse) {
        response.setHeader('x-request-id', id).setHeader('traceparent', continueTrace(request.headers['traceparent']));
      }
      return next();
    }
    refused(request);
    const problem = toProblem(FOREIGN, config.publicUrl, id);
    refuseRequest(request, response, problem, id);
  };
}
