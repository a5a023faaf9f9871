import type { Accepted, Content } from '#libs/contracts';
import type { GatewaySocket } from '../gateway/gateway-socket.js';
import type { Outbox, PendingMessage } from './outbox.js';
import { randomId } from './random-id.js';

/** Sends what is in the outbox, one at a time and in order, each under its own id until the gateway has answered. */
export class Sender {
  #inFlight: string | null = null;

  constructor(
    private readonly outbox: Outbox,
    private readonly socket: GatewaySocket,
    /** Called when a message is on the gateway's disk, before its first event is heard. */
    private readonly accepted: (message: PendingMessage, accepted: Accepted) => void,
    private readonly refused: () => void,
  ) {}

  /** False when too many messages already wait. `draft` names the conversation when it has no session yet. */
  add(content: Content, sessionId: string | null, draft: string): boolean {
    const added = this.outbox.add({ id: randomId(), sessionId, draft: sessionId === null ? draft : null, content, refusal: null });
    if (added) this.flush();
    return added;
  }

  /** What was in flight when the connection went is sent again with the next flush. */
  lost(): void {
    this.#inFlight = null;
  }

  flush(): void {
    const message = this.outbox.next();
    if (message === null || this.#inFlight !== null || !this.socket.isOpen) return;
    this.#inFlight = message.id;
    const { id, sessionId, content } = message;
    this.socket.sendMessage({ id, content, ...(sessionId === null ? {} : { sessionId }) }, (answer) => {
      if (this.#inFlight !== id) return;
      this.#inFlight = null;
      if (answer?.ok === true) {
        this.outbox.remove(id);
        this.accepted(message, answer);
      } else if (answer?.ok === false) {
        this.outbox.refuse(id, answer.error);
        this.refused();
      }
      this.flush();
    });
  }
}
