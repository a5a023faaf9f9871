import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Makes the server's `closeIdleConnections` also close connections on which no request has arrived yet, such as browsers
 * open ahead. Node leaves them open until their header timeout, and a server that has one does not close.
 */
export function closeQuietOnesToo(server: Server): void {
  const quiet = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    quiet.add(socket);
    socket.once('close', () => quiet.delete(socket));
  });
  const heard = ({ socket }: IncomingMessage) => quiet.delete(socket);
  server.on('request', heard);
  server.on('upgrade', heard);
  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    closeIdle();
    for (const socket of quiet) socket.destroy();
  };
}
