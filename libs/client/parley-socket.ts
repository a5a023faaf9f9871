import { io, type Socket } from 'socket.io-client';
import {
  isTerminal,
  type Accepted,
  type Ack,
  type CancelTurn,
  type Cancelled,
  type CommandName,
  type GatewayEvent,
  type Joined,
  type Problem,
  type SendMessage,
} from '#libs/contracts';
import { askFor, type CredentialSource, type SocketCredential } from './credential.js';
import { EventQueue } from './event-queue.js';
import { PendingCommands } from './pending-commands.js';
import { problemIn, ProblemError, UnreachableError } from './problem-error.js';
import { SessionCursor } from './session-cursor.js';

export interface SocketOptions {
  /** Address of the gateway; undefined in a browser is the page's own origin. */
  readonly url?: string;
  readonly credential: CredentialSource;
  /** How long a command may go without an answer, reconnects included; 60 s by default. */
  readonly answerWithinMs?: number;
  /**
   * Rejects the first connection when it has not come about by then, with the gateway's own reason where it gave one, and at once where that
   * says to come back later than then; by default it is tried for ever.
   */
  readonly connectWithinMs?: number;
}

/** A message whose turn has not ended: after a reconnect it is sent again, so that its events are heard to the end. */
interface Followed {
  readonly message: SendMessage & { readonly id: string };
  readonly accepted: Accepted;
}

const MAX_EVENTS = 10_000;
const ANSWER_WITHIN_MS = 60_000;
const FIRST_DELAY_MS = 300;
const LONGEST_DELAY_MS = 10_000;
/** How long one attempt to connect may take; the library's own 20 s would be most of a short outage. */
const CONNECT_WITHIN_MS = 8000;

/**
 * One connection that mends itself. What was not acknowledged is sent again with the same id; sessions are joined again behind
 * the last event heard; `events` gives each stored event once, whatever happens to the connection in between.
 */
export class ParleySocket {
  /**
   * All events, for one reader; a later loop goes on where the one before it left off. Ends after `close`; throws `ProblemError` when the
   * gateway keeps this client away, `UnreachableError` when it did not come in within `connectWithinMs`.
   */
  readonly events: AsyncIterable<GatewayEvent>;
  readonly #events = new EventQueue<GatewayEvent>(() => this.#goOn());
  readonly #socket: Socket;
  readonly #commands: PendingCommands;
  readonly #cursors = new Map<string, SessionCursor>();
  /** By turn. */
  readonly #followed = new Map<string, Followed>();
  #resume: string | null = null;
  #resuming = false;
  #ready = false;
  #paused = false;
  #ended: Error | null = null;
  #closing: Problem | null = null;
  #refusals = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #giveUp: ReturnType<typeof setTimeout> | undefined;
  /** When the first connection is given up, as `performance.now()` counts. */
  #giveUpAt = Infinity;
  /** Why the gateway did not let us in the last time, while it may later. */
  #refusedFor: ProblemError | null = null;

  constructor(private readonly options: SocketOptions) {
    this.events = this.#events;
    this.#socket = io(options.url, {
      path: '/socket.io/',
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      forceNew: true,
      autoConnect: false,
      withCredentials: true,
      timeout: CONNECT_WITHIN_MS,
      reconnectionDelay: FIRST_DELAY_MS,
      reconnectionDelayMax: LONGEST_DELAY_MS,
      randomizationFactor: 0.5,
      auth: (give) => void this.#credential().then((credential) => give(credential ?? {}), (error: unknown) => this.#end(asError(error))),
    });
    const put = (name: CommandName, payload: object, answer: (ack: Ack<object>) => void) => void this.#socket.emit(name, payload, answer);
    this.#commands = new PendingCommands(put, options.answerWithinMs ?? ANSWER_WITHIN_MS);
    this.#socket.onAny((type: string, event: unknown) => this.#heard(type, event));
    this.#socket.on('disconnect', (reason) => this.#lost(reason));
    this.#socket.on('connect_error', (error: Error & { data?: unknown }) => this.#refused(error.data));
    this.#socket.connect();
    if (options.connectWithinMs !== undefined) this.#giveUpAfter(options.connectWithinMs);
  }

  /** True while the gateway has said `connected` and the connection stands. */
  get connected(): boolean {
    return this.#ready;
  }

  /**
   * Resolves when the message is accepted. `ProblemError` when it is refused; one that is refused because the gateway shuts down is sent to
   * the next. `UnreachableError` when there was no answer in time: it may have been accepted, and is safe to send again with the same `id`.
   */
  send(message: SendMessage): Promise<Accepted> {
    const known = { ...message, id: message.id ?? newId() };
    return this.#ask<Accepted>('send-message', known, (accepted) => {
      this.#followed.set(accepted.turnId, { message: known, accepted });
    });
  }

  /** Resolves when the end of the turn is stored, also when it had ended before. */
  cancel(target: CancelTurn): Promise<Cancelled> {
    return this.#ask('cancel-turn', target);
  }

  /** Hears the session from now on, or all that is behind `after` first; over reconnects too. */
  join(sessionId: string, after?: number): Promise<Joined> {
    return this.#ask<Joined>('join-session', { sessionId, ...(after === undefined ? {} : { after }) }, (joined) => {
      const cursor = this.#cursor(sessionId);
      if (!cursor.joined) cursor.join(firstAfter(joined, after ?? joined.lastSeq));
    });
  }

  /** Hears the session no more, turns that were begun here included. */
  async leave(sessionId: string): Promise<void> {
    this.#cursors.delete(sessionId);
    await this.#ask('leave-session', { sessionId });
  }

  /** Ends the connection and the events; commands without an answer are rejected. */
  close(): void {
    this.#end(null);
  }

  #ask<Result extends object>(name: CommandName, payload: object, first?: (result: Result) => void): Promise<Result> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return this.#commands.ask(name, payload, this.#ready, first);
  }

  async #credential(): Promise<SocketCredential> {
    this.#resuming = this.#resume !== null;
    return this.#resume === null ? askFor(this.options.credential) : { resume: this.#resume };
  }

  #heard(type: string, event: unknown): void {
    if (!isEvent(type, event)) return;
    if (event.type === 'connected') this.#welcomed(event);
    else if (event.type === 'gateway-draining') this.#socket.io.reconnectionDelay(event.reconnectAfterMs);
    else if (event.type === 'connection-closing') this.#closing = problemIn(event.error);
    if ('seq' in event && !this.#cursor(event.sessionId).hear(event.seq)) return;
    if (isTerminal(event.type) && 'turnId' in event) this.#turnEnded(event.turnId, event.sessionId);
    if (event.type === 'session-deleted') this.#cursors.delete(event.sessionId);
    this.#events.push(event);
    if (this.#events.length >= MAX_EVENTS) this.#pause();
  }

  #welcomed({ resume }: GatewayEvent<'connected'>): void {
    clearTimeout(this.#giveUp);
    this.#giveUpAt = Infinity;
    this.#refusedFor = null;
    this.#resume = resume.token;
    this.#ready = true;
    this.#refusals = 0;
    this.#socket.io.reconnectionDelay(FIRST_DELAY_MS);
    for (const [sessionId, cursor] of this.#cursors) if (cursor.joined) this.#rejoin(sessionId, cursor);
    for (const { message } of this.#followed.values()) this.#socket.emit('send-message', message, () => undefined);
    this.#commands.sendAll();
  }

  #rejoin(sessionId: string, cursor: SessionCursor): void {
    this.#socket.emit('join-session', { sessionId, after: cursor.after }, (ack: Ack<Joined>) => {
      if (!ack.ok && !ack.error.retryable) this.#cursors.delete(sessionId);
      if (ack.ok) cursor.join(firstAfter(ack, cursor.after));
    });
  }

  #turnEnded(turnId: string, sessionId: string): void {
    this.#followed.delete(turnId);
    if (this.#cursors.get(sessionId)?.joined === true) return;
    for (const { accepted } of this.#followed.values()) if (accepted.sessionId === sessionId) return;
    this.#cursors.delete(sessionId);
  }

  #lost(reason: Socket.DisconnectReason): void {
    this.#ready = false;
    const closing = this.#closing;
    this.#closing = null;
    if (reason !== 'io server disconnect' || this.#paused) return;
    this.#end(closing === null ? new UnreachableError('the gateway ended the connection') : new ProblemError(closing));
  }

  #refused(data: unknown): void {
    if (this.#socket.active || this.#ended !== null) return;
    const problem = problemIn(data);
    const staleResume = problem?.code === 'unauthenticated' && this.#resuming;
    if (problem === null || (!problem.retryable && !staleResume)) {
      this.#end(problem === null ? new UnreachableError('the gateway refused the connection') : new ProblemError(problem));
      return;
    }
    if (staleResume) this.#resume = null;
    else this.#refusedFor = new ProblemError(problem);
    if (performance.now() + (problem.retryAfterMs ?? 0) > this.#giveUpAt) {
      this.#end(this.#refusedFor);
      return;
    }
    this.#refusals += 1;
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#refusals);
    const delayMs = staleResume ? 0 : (problem.retryAfterMs ?? 0) + Math.random() * longest;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#socket.connect(), delayMs);
  }

  /** The reader does not keep up: hang up, and come back for the rest when it has. */
  #pause(): void {
    this.#paused = true;
    this.#ready = false;
    this.#socket.disconnect();
  }

  #goOn(): void {
    if (!this.#paused || this.#ended !== null) return;
    this.#paused = false;
    this.#socket.connect();
  }

  #giveUpAfter(withinMs: number): void {
    this.#giveUpAt = performance.now() + withinMs;
    this.#giveUp = setTimeout(() => {
      this.#end(this.#refusedFor ?? new UnreachableError(`no gateway answers at ${this.options.url ?? 'this origin'}`));
    }, withinMs);
  }

  #end(error: Error | null): void {
    if (this.#ended !== null) return;
    this.#ended = error ?? new UnreachableError('the connection was closed');
    this.#ready = false;
    clearTimeout(this.#retry);
    clearTimeout(this.#giveUp);
    this.#socket.disconnect();
    this.#commands.fail(this.#ended);
    this.#events.end(error);
  }

  #cursor(sessionId: string): SessionCursor {
    let cursor = this.#cursors.get(sessionId);
    if (cursor === undefined) this.#cursors.set(sessionId, (cursor = new SessionCursor()));
    return cursor;
  }
}

function isEvent(type: string, event: unknown): event is GatewayEvent {
  return typeof event === 'object' && event !== null && 'type' in event && event.type === type;
}

/** The `seq` behind which a join begins. */
function firstAfter(joined: Joined, asked: number): number {
  return joined.historyLost === true && joined.firstSeq !== undefined ? joined.firstSeq - 1 : asked;
}

/** 128 random bits; `crypto.randomUUID` is missing on pages that came over plain http. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
