import { io, type Socket } from 'socket.io-client';
import type {
  Accepted,
  Ack,
  CancelTurn,
  Cancelled,
  EventType,
  GatewayEvent,
  JoinSession,
  Joined,
  LeaveSession,
  Problem,
  SendMessage,
  WatchGateway,
  Watching,
} from '#libs/contracts';
import { problemIn } from '#libs/client';

const ACK_DEADLINE_MS = 15_000;
const RETRY_MS = 2_000;
const FIRST_DELAY_MS = 300;
const LONGEST_DELAY_MS = 5_000;

export interface SocketListener {
  connected(): void;
  lost(): void;
  /** The gateway does not want this connection; it is not tried again. */
  refused(problem: Problem | null): void;
  event(event: GatewayEvent): void;
}

/** What a command came to; `null` when no answer came in time or the connection was lost: it may or may not have happened. */
export type Answer<Result extends object> = Ack<Result> | null;

/**
 * The page's one connection (Socket.IO with the cookie of this origin). Comes back by itself after a loss; answers are given
 * by callback, in order with the events around them.
 */
export class GatewaySocket {
  readonly #socket: Socket;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closing: Problem | null = null;

  constructor(private readonly listener: SocketListener) {
    this.#socket = io({
      path: '/socket.io/',
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      withCredentials: true,
      autoConnect: false,
      reconnectionDelay: FIRST_DELAY_MS,
      reconnectionDelayMax: LONGEST_DELAY_MS,
    });
    this.#socket.on('connect', () => this.#opened());
    this.#socket.on('disconnect', (reason) => this.#closed(reason));
    this.#socket.on('connect_error', (error: Error & { data?: unknown }) => this.#failed(error.data));
    this.#socket.onAny((type: string, event: unknown) => this.#heard(type, event));
  }

  open(): void {
    this.#closing = null;
    this.#socket.connect();
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#socket.off();
    this.#socket.offAny();
    this.#socket.disconnect();
  }

  get isOpen(): boolean {
    return this.#socket.connected;
  }

  sendMessage(message: SendMessage, answered: (answer: Answer<Accepted>) => void): void {
    this.#command('send-message', message, answered);
  }

  cancelTurn(target: CancelTurn, answered: (answer: Answer<Cancelled>) => void): void {
    this.#command('cancel-turn', target, answered);
  }

  joinSession(target: JoinSession, answered: (answer: Answer<Joined>) => void): void {
    this.#command('join-session', target, answered);
  }

  leaveSession(target: LeaveSession, answered: (answer: Answer<Record<string, never>>) => void): void {
    this.#command('leave-session', target, answered);
  }

  watchGateway(target: WatchGateway, answered: (answer: Answer<Watching>) => void): void {
    this.#command('watch-gateway', target, answered);
  }

  unwatchGateway(): void {
    this.#command('unwatch-gateway', {}, () => undefined);
  }

  #command<Result extends object>(name: string, payload: object, answered: (answer: Answer<Result>) => void): void {
    this.#socket.timeout(ACK_DEADLINE_MS).emit(name, payload, (lost: Error | null, ack: Ack<Result>) => answered(lost === null ? ack : null));
  }

  #opened(): void {
    this.#socket.io.reconnectionDelay(FIRST_DELAY_MS);
    this.listener.connected();
  }

  #closed(reason: Socket.DisconnectReason): void {
    if (reason === 'io server disconnect') this.listener.refused(this.#closing);
    else this.listener.lost();
    this.#closing = null;
  }

  #failed(data: unknown): void {
    const problem = problemIn(data);
    if (problem !== null && !problem.retryable) {
      this.listener.refused(problem);
      return;
    }
    this.listener.lost();
    if (!this.#socket.active) this.#comeBackIn(problem?.retryAfterMs ?? RETRY_MS);
  }

  #comeBackIn(delayMs: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#socket.connect(), delayMs);
  }

  #heard(type: string, event: unknown): void {
    if (!isEvent(type, event)) return;
    if (event.type === 'gateway-draining') this.#socket.io.reconnectionDelay(event.reconnectAfterMs);
    if (event.type === 'connection-closing') this.#closing = event.error;
    this.listener.event(event);
  }
}

function isEvent(type: string, event: unknown): event is GatewayEvent<EventType> {
  return typeof event === 'object' && event !== null && 'type' in event && event.type === type;
}
