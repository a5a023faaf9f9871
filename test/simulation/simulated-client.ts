import { isTerminal, type Accepted, type GatewayEvent, type Principal } from '#libs/contracts';
import type { Subscriber } from '#libs/channel-sdk';
import type { EventFrame } from '#libs/ports';
import type { Kind, Oracle } from '../chaos/oracle.js';
import type { SimulatedGateway } from './simulated-gateway.js';

/** A connection: what comes after its end is not heard. */
class Ear implements Subscriber {
  gone = false;

  constructor(private readonly hear: (event: GatewayEvent) => void) {}

  deliver(frame: EventFrame): void {
    if (!this.gone) this.hear(JSON.parse(frame.json) as GatewayEvent);
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }
}

interface Sent {
  readonly message: { readonly id: string; readonly content: string; readonly sessionId?: string };
  accepted: Accepted | null;
  heardEnd: boolean;
  watchedEnd: boolean;
}

/** A client as it should be: sends again what has no answer or no end, goes on in a session behind the last event it heard. */
export class SimulatedClient {
  readonly #principal: Principal;
  readonly #sent: Sent[] = [];
  readonly #heard = new Set<string>();
  readonly #lastOf = new Map<string, number>();
  readonly #turns = new Map<string, Sent>();
  readonly #watchedTo = new Map<string, number>();
  #connection: { readonly sender: Ear; readonly watcher: Ear; readonly gateway: SimulatedGateway } | null = null;

  constructor(
    private readonly name: string,
    private readonly oracle: Oracle,
    private readonly later: (call: () => void) => void,
    /** Whether answers of the store get lost: then an event may be told only when the turn is asked for again, after later ones. */
    private readonly answersGetLost: boolean,
  ) {
    this.#principal = { kind: 'user', id: name, tenantId: 'default', scopes: new Set(['messages'] as const), credentialId: name };
  }

  get content(): boolean {
    return this.#sent.every(({ accepted, heardEnd, watchedEnd }) => accepted !== null && heardEnd && watchedEnd);
  }

  connect(gateway: SimulatedGateway): void {
    this.cut();
    const connection = {
      gateway,
      sender: new Ear((event) => this.#hears(event)),
      watcher: new Ear((event) => this.#watches(event)),
    };
    this.#connection = connection;
    for (const sent of this.#sent) if (!sent.heardEnd) void this.#deliver(sent);
    for (const sessionId of this.#watchedTo.keys()) void this.#join(sessionId);
  }

  /** The connection ends; the gateway may not know it. */
  cut(): void {
    if (this.#connection === null) return;
    const { sender, watcher, gateway } = this.#connection;
    for (const ear of [sender, watcher]) {
      ear.gone = true;
      gateway.forget(ear);
    }
    this.#connection = null;
  }

  send(kind: Kind): void {
    const id = `${this.name}-${this.#sent.length + 1}`;
    const sessionId = this.#sent.find(({ accepted }) => accepted !== null)?.accepted?.sessionId;
    this.oracle.intends({ id, kind, socket: `${this.name}/sender` });
    const sent: Sent = { message: { id, content: `${kind} ${id}`, ...(sessionId === undefined ? {} : { sessionId }) }, accepted: null, heardEnd: false, watchedEnd: false };
    this.#sent.push(sent);
    void this.#deliver(sent);
  }

  /** Asks for the end of the message it sent last. */
  cancelLast(): void {
    const last = this.#sent.at(-1);
    if (last === undefined || last.accepted === null || this.#connection === null) return;
    this.oracle.cancels(last.message.id);
    void this.#connection.gateway.cancel(this.#principal, last.accepted.turnId);
  }

  async #deliver(sent: Sent): Promise<void> {
    const connection = this.#connection;
    if (connection === null) return;
    const outcome = await connection.gateway.send(this.#principal, sent.message, connection.sender);
    if (connection !== this.#connection) return;
    if (!outcome.ok) {
      this.later(() => void this.#deliver(sent));
      return;
    }
    const accepted = outcome.value;
    this.oracle.acknowledged(sent.message.id, accepted);
    sent.accepted = accepted;
    if (this.#watchedTo.has(accepted.sessionId)) return;
    this.#watchedTo.set(accepted.sessionId, 0);
    this.oracle.joined(`${this.name}/watcher`, accepted.sessionId);
    await this.#join(accepted.sessionId);
  }

  async #join(sessionId: string): Promise<void> {
    const connection = this.#connection;
    if (connection === null) return;
    const joined = await connection.gateway.join(this.#principal, sessionId, this.#watchedTo.get(sessionId) ?? 0, connection.watcher);
    if (connection !== this.#connection) return;
    if (joined.ok) await joined.value.follow();
    else this.later(() => void this.#join(sessionId));
  }

  #hears(event: GatewayEvent): void {
    if ('seq' in event) {
      const known = `${event.sessionId} ${event.seq}`;
      if (this.#heard.has(known)) return;
      this.#heard.add(known);
      const turn = 'turnId' in event ? event.turnId : event.sessionId;
      const late = event.seq <= (this.#lastOf.get(turn) ?? 0);
      this.#lastOf.set(turn, event.seq);
      if (late && this.answersGetLost) return;
    }
    this.oracle.heard(`${this.name}/sender`, event);
    this.#note(event, (sent) => (sent.heardEnd = true));
  }

  #watches(event: GatewayEvent): void {
    this.oracle.heard(`${this.name}/watcher`, event);
    if ('seq' in event) this.#watchedTo.set(event.sessionId, event.seq);
    this.#note(event, (sent) => (sent.watchedEnd = true));
  }

  /** An end may be heard before the answer to the message, so it is found by the message's own id where that is not known yet. */
  #note(event: GatewayEvent, mark: (sent: Sent) => void): void {
    if (event.type === 'message-accepted') {
      const sent = this.#sent.find(({ message }) => message.id === event.clientId);
      if (sent !== undefined) this.#turns.set(event.turnId, sent);
    }
    if (!isTerminal(event.type) || !('turnId' in event)) return;
    const sent = this.#turns.get(event.turnId);
    if (sent !== undefined) mark(sent);
  }
}
