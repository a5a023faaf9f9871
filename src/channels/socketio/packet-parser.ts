import { Encoder } from 'socket.io-parser';
import { PacketDecoder } from './packet-decoder.js';

/** The `parser` option of Socket.IO: its own encoder for connects and disconnects, our decoder. */
export const packetParser = { Encoder, Decoder: PacketDecoder };
