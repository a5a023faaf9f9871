import { Socket as TcpSocket } from 'node:net';

/** The TCP socket under a connection's websocket transport; null under polling, which has none of its own. */
export function tcpSocketOf(transport: object): TcpSocket | null {
  if (!('socket' in transport) || typeof transport.socket !== 'object' || transport.socket === null) return null;
  const websocket = transport.socket;
  return '_socket' in websocket && websocket._socket instanceof TcpSocket ? websocket._socket : null;
}
