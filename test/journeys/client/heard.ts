import type { ParleySocket } from '#libs/client';
import type { GatewayEvent } from '#libs/contracts';

/** Reads the events of a socket into a list. */
export class Heard {
  readonly events: GatewayEvent[] = [];
  error: unknown = null;
  readonly done: Promise<void>;

  constructor(socket: ParleySocket) {
    this.done = this.#read(socket);
  }

  of<Type extends GatewayEvent['type']>(type: Type): GatewayEvent<Type>[] {
    return this.events.filter((event): event is GatewayEvent<Type> => event.type === type);
  }

  /** `seq` of the stored events of a session, in the order in which they came. */
  seqs(sessionId: string): number[] {
    return this.events.flatMap((event) => ('seq' in event && event.sessionId === sessionId ? [event.seq] : []));
  }

  async #read(socket: ParleySocket): Promise<void> {
    try {
      for await (const event of socket.events) this.events.push(event);
    } catch (error) {
      this.error = error;
    }
  }
}
