import type { ControlEvent, GatewayEvent, Problem, Summary } from '#libs/contracts';
import { GatewaySocket, type SocketListener } from '../gateway/gateway-socket.js';
import { remembered } from './remembered.js';

const EVENTS = 100;

export interface WatchView {
  readonly connection: 'connecting' | 'open' | 'lost' | 'refused';
  /** How the gateway does now; null until it is known. Stays as it was last known while the connection is lost. */
  readonly summary: Summary | null;
  /** The summaries of the last three minutes that this page heard, oldest first. */
  readonly history: readonly Summary[];
  /** What happened since somebody asked for events, newest first; at most 100. */
  readonly events: readonly ControlEvent[];
}

const NOTHING: WatchView = { connection: 'connecting', summary: null, history: [], events: [] };

/** The console's connection: one summary a second while the page is seen, and events while somebody asks for them. */
export class GatewayWatch implements SocketListener {
  readonly #socket = new GatewaySocket(this);
  readonly #listeners = new Set<() => void>();
  #view = NOTHING;
  #eventReaders = 0;
  #watching = false;

  constructor(
    /** False: only the connection is kept, because who is signed in may not read the control plane. */
    private readonly mayWatch: boolean,
    private readonly signedOut: () => void,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly view = (): WatchView => this.#view;

  start(): void {
    document.addEventListener('visibilitychange', this.#seen);
    this.#socket.open();
  }

  dispose(): void {
    document.removeEventListener('visibilitychange', this.#seen);
    this.#socket.close();
  }

  /** Hears events until what it returns is called. */
  hearEvents(): () => void {
    this.#eventReaders += 1;
    if (this.#eventReaders === 1) this.#watch();
    return () => {
      this.#eventReaders -= 1;
      if (this.#eventReaders === 0) this.#watch();
    };
  }

  connected(): void {
    this.#watching = false;
    this.#show({ connection: 'open' });
    this.#watch();
  }

  lost(): void {
    this.#show({ connection: this.#view.connection === 'connecting' ? 'connecting' : 'lost' });
  }

  refused(problem: Problem | null): void {
    if (problem?.code === 'unauthenticated') this.signedOut();
    else this.#show({ connection: 'refused' });
  }

  event(event: GatewayEvent): void {
    if (event.type === 'summary-updated') this.#heard(event.summary);
    if (event.type === 'gateway-event') this.#show({ events: [event.event, ...this.#view.events].slice(0, EVENTS) });
  }

  readonly #seen = (): void => {
    if (!document.hidden) this.#watch();
    else if (this.#watching && this.#socket.isOpen) {
      this.#watching = false;
      this.#socket.unwatchGateway();
    }
  };

  #watch(): void {
    if (!this.mayWatch || !this.#socket.isOpen || document.hidden) return;
    this.#watching = true;
    this.#socket.watchGateway({ events: this.#eventReaders > 0 }, (answer) => {
      if (answer?.ok === true) this.#heard(answer.summary);
    });
  }

  #heard(summary: Summary): void {
    this.#show({ summary, history: remembered(this.#view.history, summary) });
  }

  #show(change: Partial<WatchView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}
