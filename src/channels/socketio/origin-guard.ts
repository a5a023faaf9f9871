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
 * Every answer, Engine.IO's own too, carries request id and trace. A preflight, whose headers are set before, ends here.
 */
export function originGuard(config: Config, ids: IdGenerator, refused: (request: IncomingMessage) => void) {
  return (request: IncomingMessage, response: unknown, next: Next): void => {
    const { origin } = request.headers;
    const id = requestId(request.headers, ids);
    if (origin === undefined || config.isAllowedOrigin(origin)) {
      if (takesHeaders(response)) {
        response.setHeader('x-request-id', id);
        response.setHeader('traceparent', continueTrace(request.headers['traceparent']));
      }
      if (!isPreflight(request) || !(response instanceof ServerResponse)) return next();
      response.writeHead(204).end();
      return;
    }
    refused(request);
    const problem = toProblem(FOREIGN, config.publicUrl, id);
    refuseRequest(request, response, problem, id);
  };
}

/** Engine.IO gives upgrades a response of its own, of which the headers are sent with the 101. */
function takesHeaders(response: unknown): response is { setHeader(name: string, value: string): unknown } {
  return typeof response === 'object' && response !== null && 'setHeader' in response;
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
