import { Encoder, PacketType, type Packet } from 'socket.io-parser';
import type { Problem } from '#libs/contracts';
import { PacketDecoder } from './packet-decoder.js';

/**
 * The `parser` option of Socket.IO: its own encoder for connects and disconnects, our decoder. Socket.IO itself refuses namespaces that
 * are not there, with a message only; `refusal` is put beside it, so that every `connect_error` has a problem as its `data`.
 */
export function packetParser(refusal: () => Problem) {
  class RefusalEncoder extends Encoder {
    override encode(packet: Packet): unknown[] {
      return super.encode(isBare(packet) ? { ...packet, data: { ...packet.data, data: refusal() } } : packet) as unknown[];
    }
  }
  return { Encoder: RefusalEncoder, Decoder: PacketDecoder };
}

function isBare(packet: Packet): packet is Packet & { data: { message: string } } {
  const { type, data }: { type: PacketType; data?: unknown } = packet;
  return type === PacketType.CONNECT_ERROR && typeof data === 'object' && data !== null && !('data' in data);
}
