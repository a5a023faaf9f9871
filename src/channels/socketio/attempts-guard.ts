import type { IncomingMessage } from 'node:http';
import { toProblem } from '#libs/contracts';
import type { IdGenerator } from '#libs/ports';
import { peerAddress } from '../../audit/peer-address.js';
import type { Config } from '../../config/config.js';
import type { ConnectionAttempts } from '../../throttling/connection-attempts.js';
import { requestId } from '../request-id.js';
import { refuseRequest } from './refused-request.js';

type Next = (error?: Error) => void;

/** A request that names a session goes on with one; Engine.IO takes an empty name for none. */
const NAMES_SESSION = /[?&]sid=[^&#]/;

/** Refuses with 429 the first request of a connection, before anything is kept of it, when its address opened too many in a minute. */
export function attemptsGuard(attempts: ConnectionAttempts, config: Config, ids: IdGenerator, refused: (request: IncomingMessage) => void) {
  return async (request: IncomingMessage, response: unknown, next: Next): Promise<void> => {
    if (NAMES_SESSION.test(request.url ?? '')) return next();
    const told = await attempts.take(peerAddress(request, config.settings.TRUST_PROXY));
    if (told === null) return next();
    refused(request);
    const id = requestId(request.headers, ids);
    refuseRequest(request, response, toProblem(told, config.publicUrl, id), id);
  };
}
