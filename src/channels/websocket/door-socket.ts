import { WebSocket } from 'ws';
import { failure, type Failure } from '#libs/contracts';

/** How `ws` would close by itself (RFC 6455, section 7.4.1), and what is told instead. */
const BROKEN: Readonly<Record<number, Failure>> = {
  1002: failure('validation_failed', 'This is not a well-formed WebSocket frame.'),
  1007: failure('validation_failed', 'A text frame is not UTF-8.'),
  1008: failure('payload_too_large', 'The message came in too many pieces.'),
  1009: failure('payload_too_large', 'The frame is too large.'),
};

/** A socket of `/ws`: frames that cannot be read are the door's to answer, not the library's. */
export class DoorSocket extends WebSocket {
  /** Called instead of the library's own close when what came cannot be read; closes the socket. */
  broken: ((told: Failure) => void) | null = null;

  /** The library names a code alone when it gives up; whoever else closes says why, and a client's own close is answered as it came. */
  override close(code?: number, reason?: string | Buffer): void {
    const told = code === undefined || reason !== undefined ? undefined : BROKEN[code];
    if (told === undefined || this.broken === null) super.close(code, reason);
    else this.broken(told);
  }
}
