import { isTerminal, type Accepted, type GatewayEvent, type SendMessage } from '#libs/contracts';
import type { ParleySocket } from '#libs/client';

export type TurnEndEvent = GatewayEvent<'turn-completed' | 'turn-failed' | 'turn-cancelled'>;

const REMEMBERED = 100;

/** Turns over one socket: says something, hears what comes of it. */
export class Conversation {
  readonly #ends = new Map<string, TurnEndEvent>();
  readonly #waiting = new Map<string, (end: TurnEndEvent) => void>();
  readonly #welcome: Promise<void>;
  #welcomed: () => void = () => undefined;
  #running: string | null = null;
  #failure: Error | null = null;
  /** Resolves when the connection has ended for good. */
  readonly over: Promise<void>;

  constructor(
    private readonly socket: ParleySocket,
    private readonly heard: (event: GatewayEvent) => void,
  ) {
    this.#welcome = new Promise((resolve) => (this.#welcomed = resolve));
    this.over = this.#listen().catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.socket.close();
    });
  }

  /** Why the connection has ended; null while it has not, and when it was closed here. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** The turn that was begun here and has not ended; null when none. */
  get running(): string | null {
    return this.#running;
  }

  /** Resolves when the gateway has let us in. Throws why it did not. */
  welcome(): Promise<void> {
    return this.#unlessClosed(this.#welcome);
  }

  async send(message: SendMessage): Promise<Accepted> {
    const accepted = await this.socket.send(message);
    if (!this.#ends.has(accepted.turnId)) this.#running = accepted.turnId;
    return accepted;
  }

  /** The end of the turn. Throws what ended the connection when that came first. */
  end(turnId: string): Promise<TurnEndEvent> {
    const end = this.#ends.get(turnId);
    if (end !== undefined) return Promise.resolve(end);
    const waiting = new Promise<TurnEndEvent>((resolve) => this.#waiting.set(turnId, resolve));
    return this.#unlessClosed(waiting);
  }

  /** Stops the running turn; resolves when its end is stored. */
  async stop(): Promise<void> {
    if (this.#running !== null) await this.socket.cancel({ turnId: this.#running });
  }

  #unlessClosed<Result>(awaited: Promise<Result>): Promise<Result> {
    return Promise.race([awaited, this.over.then(() => Promise.reject(this.#failure ?? new Error('the connection was closed')))]);
  }

  async #listen(): Promise<void> {
    for await (const event of this.socket.events) {
      this.heard(event);
      if (event.type === 'connected') this.#welcomed();
      if (isEnd(event)) this.#ended(event);
    }
  }

  #ended(event: TurnEndEvent): void {
    if (this.#running === event.turnId) this.#running = null;
    this.#ends.set(event.turnId, event);
    if (this.#ends.size > REMEMBERED) this.#ends.delete(this.#ends.keys().next().value ?? event.turnId);
    this.#waiting.get(event.turnId)?.(event);
    this.#waiting.delete(event.turnId);
  }
}

function isEnd(event: GatewayEvent): event is TurnEndEvent {
  return isTerminal(event.type);
}
