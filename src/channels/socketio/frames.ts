import { WebSocket } from 'ws';

/** What Engine.IO puts before the data of a message (its protocol, revision 4). */
const MESSAGE = 0x34;
/** FIN and opcode of a text frame (RFC 6455, section 5.2). */
const TEXT = 0x81;

/** True when the transport is an open websocket, whose frames may be written as they are: nothing is compressed at this door. */
export function takesFrames(transport: object): boolean {
  return 'socket' in transport && isOpen(transport.socket);
}

/** The packets as messages of Engine.IO, each a text frame of a server, all in one buffer; in the form that Engine.IO takes them. */
export function asFrames(packets: readonly string[]): { readonly wsPreEncodedFrame: [Buffer] } {
  let size = 0;
  const lengths = packets.map((packet) => {
    const length = Buffer.byteLength(packet) + 1;
    size += headLength(length) + length;
    return length;
  });
  const buffer = Buffer.allocUnsafe(size);
  let at = 0;
  for (const [index, packet] of packets.entries()) {
    at = writeHead(buffer, at, lengths[index] ?? 0);
    buffer[at] = MESSAGE;
    at += 1 + buffer.write(packet, at + 1);
  }
  return { wsPreEncodedFrame: [buffer] };
}

function isOpen(socket: unknown): boolean {
  return typeof socket === 'object' && socket !== null && 'readyState' in socket && socket.readyState === WebSocket.OPEN;
}

function headLength(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

function writeHead(buffer: Buffer, at: number, length: number): number {
  buffer[at] = TEXT;
  if (length < 126) {
    buffer[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    buffer[at + 1] = 126;
    return buffer.writeUInt16BE(length, at + 2);
  }
  buffer[at + 1] = 127;
  buffer.writeUInt32BE(0, at + 2);
  return buffer.writeUInt32BE(length, at + 6);
}
