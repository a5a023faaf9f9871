import { Decoder, PacketType } from 'socket.io-parser';
import { parseJson, refused, type Outcome } from '#libs/channel-sdk';
import { failure } from '#libs/contracts';

/** Event name under which a packet that could not be read arrives; a symbol, so no client can send it. */
export const MALFORMED = Symbol('malformed packet');

/** What the socket's listener is called with, besides the event name. */
export type PacketArguments = readonly [argumentsOrWhy: unknown, ackId: number | undefined];

/** Names that Socket.IO keeps for itself (socket.io-parser `RESERVED_EVENTS`). */
const RESERVED = new Set(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']);
const HEAD = /^(?:2|[56](\d{0,9})-)(?:\/,)?(\d{0,15})/;
const BINARY = failure('validation_failed', 'Binary data is not accepted; send JSON.');
const MAX_ATTACHMENTS_SKIPPED = 1000;

/**
 * Reads packets of the Socket.IO protocol (revision 5). An event arrives as `[name, [arguments], ackId]`; one that cannot be read
 * arrives as `[MALFORMED, failure, ackId]`, and the connection lives on.
 */
export class PacketDecoder extends Decoder {
  #attachmentsToSkip = 0;

  override add(data: unknown): void {
    if (typeof data !== 'string') {
      if (this.#attachmentsToSkip > 0) this.#attachmentsToSkip -= 1;
      else this.#event(MALFORMED, BINARY, undefined);
      return;
    }
    this.#attachmentsToSkip = 0;
    const type = data.charAt(0);
    if (type === '2' && data.charAt(1) !== '/') this.#addEvent(data);
    else if (type === '5' || type === '6') this.#refuseBinary(data);
    else if (!this.#addOther(data)) this.#event(MALFORMED, failure('validation_failed', 'This is not a packet of Socket.IO.'), undefined);
  }

  #addEvent(data: string): void {
    const head = HEAD.exec(data);
    const ackId = numberOf(head?.[2]);
    const read = readEvent(data.slice(head?.[0].length ?? 1));
    if (read.ok) this.#event(read.value.name, read.value.args, ackId);
    else this.#event(MALFORMED, read.failure, ackId);
  }

  #refuseBinary(data: string): void {
    const head = HEAD.exec(data);
    this.#attachmentsToSkip = Math.min(numberOf(head?.[1]) ?? 0, MAX_ATTACHMENTS_SKIPPED);
    this.#event(MALFORMED, BINARY, numberOf(head?.[2]));
  }

  /** Connects, disconnects and acks, as Socket.IO reads them; false when it cannot. */
  #addOther(data: string): boolean {
    try {
      super.add(data);
      return true;
    } catch (error) {
      if (error instanceof Error) return false;
      throw error;
    }
  }

  #event(name: string | symbol, argumentsOrWhy: unknown, ackId: number | undefined): void {
    this.emitReserved('decoded', { type: PacketType.EVENT, nsp: '/', data: [name, argumentsOrWhy, ackId] });
  }
}

function readEvent(json: string): Outcome<{ name: string; args: unknown[] }> {
  const parsed = parseJson(json);
  if (!parsed.ok) return parsed;
  if (!Array.isArray(parsed.value)) return refused(failure('validation_failed', 'An event is an array of its name and its payload.'));
  const [name, ...args] = parsed.value as unknown[];
  if (typeof name !== 'string') return refused(failure('validation_failed', 'The event name must be a string.'));
  if (RESERVED.has(name)) return refused(failure('validation_failed', `The event name ${name} is reserved.`));
  return { ok: true, value: { name, args } };
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined || digits === '' ? undefined : Number(digits);
}
