import type { EventFrame } from '#libs/ports';
import { asFrames } from './frames.js';

/** Shorter events are cheaper to copy into the one buffer of a turn of the event loop, in UTF-16 units. */
const LONG_EVENT = 2048;

/** A long event, as packet and as bytes. */
export interface SharedPacket {
  readonly text: string;
  readonly options: { readonly compress: false; readonly wsPreEncodedFrame: [Buffer] };
}

/** What waits for a socket: its own copy, or what all who hear an event share. */
export type Packet = string | SharedPacket;

let last: { readonly frame: EventFrame; readonly packet: SharedPacket } | null = null;

/** The packet of an event; a long one is made once for all who hear it one after another, and its bytes are kept once for all who do not read. */
export function packetOf(frame: EventFrame): Packet {
  if (frame.json.length <= LONG_EVENT) return `2["${frame.type}",${frame.json}]`;
  if (last?.frame !== frame) {
    const text = `2["${frame.type}",${frame.json}]`;
    last = { frame, packet: { text, options: { compress: false, ...asFrames([text]) } } };
  }
  return last.packet;
}

/** The packets in order, with neighbours that are not shared in one buffer; in the form that Engine.IO takes for a websocket. */
export function inBuffers(packets: readonly Packet[]): SharedPacket['options'][] {
  const buffers: SharedPacket['options'][] = [];
  let own: string[] = [];
  const close = (): void => {
    if (own.length > 0) buffers.push({ compress: false, ...asFrames(own) });
    own = [];
  };
  for (const packet of packets) {
    if (typeof packet === 'string') own.push(packet);
    else {
      close();
      buffers.push(packet.options);
    }
  }
  close();
  return buffers;
}
