import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Config } from '../../config/config.js';

type Next = (error?: Error) => void;

/**
 * Refuses a foreign `Origin` with 403 on every request of the door, upgrades and polls of a known session included;
 * Engine.IO's own `allowRequest` sees only the first request of each. A request without `Origin` passes.
 */
export function originGuard(config: Config, refused: (request: IncomingMessage) => void) {
  return (request: IncomingMessage, response: unknown, next: Next): void => {
    const { origin } = request.headers;
    if (origin === undefined || config.isAllowedOrigin(origin)) return next();
    refused(request);
    if (response instanceof ServerResponse) response.writeHead(403, { 'Content-Length': 0 }).end();
    else refuseUpgrade(request);
  };
}

function refuseUpgrade({ socket }: IncomingMessage): void {
  socket.on('error', () => socket.destroy());
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.destroy());
}
