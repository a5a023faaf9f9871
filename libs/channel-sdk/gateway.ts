import type { Accepted, Cancelled, CancelTurn, CreateSession, Failure, Joined, JoinSession, LeaveSession, Message, Page, Principal, SendMessage, Session, UpdateSession } from '#libs/contracts';
import type { Decision, PageRequest, SessionFilter, TurnRecord } from '#libs/ports';
import type { Outcome } from './outcome.js';
import type { Subscriber } from './subscriber.js';

/** How a message came in. */
export interface Via {
  /** Name of the channel. */
  readonly channel: string;
  /** Hears the message's own events (and, when it was sent before, hears them again). */
  readonly subscriber?: Subscriber;
  /** Kept with the message for the channel that delivers the reply; opaque to everybody else. */
  readonly replyContext?: unknown;
  /** `traceparent` (W3C Trace Context) that the sender gave. */
  readonly traceparent?: string;
  /** Under which the log tells of the message's turn: what the sender was or would be told as `requestId`. */
  readonly requestId?: string;
}

export interface SendReceipt {
  readonly accepted: Accepted;
  /** What is left of the sender's limits, for the headers; null when none applies. */
  readonly limits: Decision | null;
  /** `traceparent` of the span that took the message in; absent while tracing is off. */
  readonly traceparent?: string;
}

export type SendOutcome = Outcome<SendReceipt> & { readonly limits?: Decision | null; readonly traceparent?: string };

/** A join that was granted. Answer the client first, then call `follow`: events behind `lastSeq` of the answer, or behind `after`, come in order and without a gap. */
export interface JoinGrant {
  readonly joined: Joined;
  /** Replays, then goes on live. Resolves when the replay is over. */
  follow(): Promise<void>;
}

/**
 * What a door may ask of the gateway. Expected refusals are values; a rejected promise is a fault of ours.
 * Every call carries the principal; what it may not see is `not_found`.
 */
export abstract class Gateway {
  /**
   * Takes a message in. `receipt` runs once the message is on disk and before its first event is delivered,
   * so a door that answers there answers first. A refusal writes nothing.
   */
  abstract send(principal: Principal, message: SendMessage, via: Via, receipt?: (receipt: SendReceipt) => void): Promise<SendOutcome>;

  /** Ends a turn; resolves when its end is stored. Of an ended turn it tells the state. */
  abstract cancel(principal: Principal, target: CancelTurn): Promise<Outcome<Cancelled>>;

  /** Joining twice changes nothing. */
  abstract join(principal: Principal, command: JoinSession, subscriber: Subscriber): Promise<Outcome<JoinGrant>>;
  abstract leave(principal: Principal, command: LeaveSession, subscriber: Subscriber): Promise<Outcome<Record<string, never>>>;
  /** Forgets a subscriber that went away. Cancels nothing. */
  abstract forget(subscriber: Subscriber): void;

  abstract message(principal: Principal, id: string): Promise<Outcome<Message>>;
  abstract turn(principal: Principal, id: string): Promise<Outcome<TurnRecord>>;
  abstract messages(principal: Principal, sessionId: string, page: PageRequest): Promise<Outcome<Page<Message>>>;

  abstract createSession(principal: Principal, session: CreateSession): Promise<Outcome<Session>>;
  abstract session(principal: Principal, id: string): Promise<Outcome<Session>>;
  /** `filter` narrows what is reached anyway. */
  abstract sessions(principal: Principal, page: PageRequest, filter?: SessionFilter): Promise<Outcome<Page<Session>>>;
  abstract updateSession(principal: Principal, id: string, change: UpdateSession): Promise<Outcome<Session>>;
  /** Cancels the session's turns, tells everybody, erases the content. */
  abstract deleteSession(principal: Principal, id: string): Promise<Outcome<null>>;

  /** What newcomers are told now instead of being let in: draining, a stopped channel; null when they are welcome. */
  abstract closedTo(channel: string): Failure | null;
}
