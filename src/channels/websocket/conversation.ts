import { failure, type CancelTurn, type Failure, type JoinSession, type LeaveSession, type SendMessage, type WatchGateway } from '#libs/contracts';
import type { Gateway, GatewayWatch, Outcome } from '#libs/channel-sdk';
import { commandRefusal } from '#libs/policy';
import type { CommandId } from '../command-id.js';
import type { Problems } from '../problems.js';
import { CLOSE_CODES } from './close-codes.js';
import type { Connection, Ref } from './connection.js';
import { BINARY, readFrame, type Frame } from './read-frame.js';

export const WEBSOCKET_CHANNEL = 'websocket';

/** Commands at work in one connection; with more, it is not read until some are done. */
const PAUSE_AT = 64;
/** What had been read before it was paused may come on top; beyond this it is refused. */
const REFUSE_AT = 1024;
const OVERLOADED = failure('overloaded', 'Too many commands are waiting for their answer.', { retryAfterMs: 1000 });

/** Who keeps count of what is said. */
export interface ConversationNotes {
  /** A message was accepted. */
  accepted(): void;
  /** A command was refused. */
  refused(told: Failure): void;
}

/** One thing that the client said: how it named it, and how we do. */
interface Call {
  readonly ref: Ref | undefined;
  readonly id: CommandId;
}

/** What one client says, and the answers to it. */
export class Conversation {
  /** The session of bare text: made by the first message, then kept. */
  private ownSession: string | null = null;
  private texts: Promise<void> = Promise.resolve();
  private atWork = 0;

  constructor(
    private readonly connection: Connection,
    private readonly gateway: Gateway,
    private readonly watching: GatewayWatch,
    private readonly problems: Problems,
    private readonly notes: ConversationNotes,
  ) {}

  take(data: string, isBinary: boolean): void {
    const frame = isBinary ? BINARY : readFrame(data);
    const call = { ref: 'ref' in frame ? frame.ref : undefined, id: this.problems.commandId() };
    const name = nameOf(frame);
    if (this.atWork >= REFUSE_AT) return this.refuse(name, OVERLOADED, call);
    this.atWork += 1;
    if (this.atWork === PAUSE_AT) this.connection.pause();
    void this.run(frame, call)
      .catch((error: unknown) => this.refuse(name, this.problems.failureOf(error, `the command ${name}`, () => call.id.value), call))
      .finally(() => {
        if (this.atWork === PAUSE_AT) this.connection.resume();
        this.atWork -= 1;
      });
  }

  private async run(frame: Frame, call: Call): Promise<void> {
    if (frame.kind === 'malformed') return this.refuse(frame.command, frame.failure, call);
    if (frame.kind === 'text') return this.sendText(frame.text, call);
    const notAllowed = commandRefusal(this.connection.principal, frame.name);
    if (notAllowed !== null) return this.refuse(frame.name, notAllowed, call);
    switch (frame.name) {
      case 'send-message':
        await this.send(frame.payload, call);
        return;
      case 'cancel-turn':
        return this.cancel(frame.payload, call);
      case 'join-session':
        return this.join(frame.payload, call);
      case 'leave-session':
        return this.leave(frame.payload, call);
      case 'watch-gateway':
        return this.watch(frame.payload, call);
      case 'unwatch-gateway':
        this.watching.unwatch(this.connection);
        return this.connection.ack(call.ref, { ok: true });
    }
  }

  /** One after the other, so that they all land in the one session and in their order. */
  private sendText(content: string, call: Call): Promise<void> {
    if (content === '') {
      const errors = [{ path: 'content', message: 'must not be empty' }];
      this.refuse('send-message', failure('validation_failed', 'An empty frame says nothing.', { errors }), call);
      return Promise.resolve();
    }
    const mine = this.texts.then(async () => {
      const outcome = await this.send(this.ownSession === null ? { content } : { content, sessionId: this.ownSession }, call);
      if (outcome.ok) this.ownSession = outcome.value;
      else if (outcome.failure.code === 'not_found') this.ownSession = null;
    });
    this.texts = mine.catch(() => undefined);
    return mine;
  }

  /** Answers before the first event goes out. The value is the message's session. */
  private async send(message: SendMessage, call: Call): Promise<Outcome<string>> {
    const via = { channel: WEBSOCKET_CHANNEL, subscriber: this.connection, requestId: call.id.value };
    const outcome = await this.gateway.send(this.connection.principal, message, via, ({ accepted }) => {
      this.notes.accepted();
      this.connection.ack(call.ref, { ok: true, ...accepted });
    });
    if (outcome.ok) return { ok: true, value: outcome.value.accepted.sessionId };
    this.refuse('send-message', outcome.failure, call);
    return { ok: false, failure: outcome.failure };
  }

  private async cancel(command: CancelTurn, call: Call): Promise<void> {
    const outcome = await this.gateway.cancel(this.connection.principal, command);
    if (outcome.ok) this.connection.ack(call.ref, { ok: true, ...outcome.value });
    else this.refuse('cancel-turn', outcome.failure, call);
  }

  private async join(command: JoinSession, call: Call): Promise<void> {
    const outcome = await this.gateway.join(this.connection.principal, command, this.connection);
    if (!outcome.ok) return this.refuse('join-session', outcome.failure, call);
    const { joined, follow } = outcome.value;
    this.connection.ack(call.ref, { ok: true, ...joined });
    void this.connection.replay(follow).catch((error: unknown) => {
      this.connection.close(this.problems.closingWith(this.problems.ofError(error, 'a replay', call.id)), CLOSE_CODES.storage);
    });
  }

  private async leave(command: LeaveSession, call: Call): Promise<void> {
    const outcome = await this.gateway.leave(this.connection.principal, command, this.connection);
    if (outcome.ok) this.connection.ack(call.ref, { ok: true });
    else this.refuse('leave-session', outcome.failure, call);
  }

  private async watch(command: WatchGateway, call: Call): Promise<void> {
    const outcome = await this.watching.watch(this.connection.principal, command, this.connection);
    if (!outcome.ok) return this.refuse('watch-gateway', outcome.failure, call);
    this.connection.ack(call.ref, { ok: true, ...outcome.value.watching });
    outcome.value.follow();
  }

  /** A command with a `ref` is answered; without one, what went wrong goes out as an event. */
  private refuse(command: string, told: Failure, { ref, id }: Call): void {
    this.notes.refused(told);
    const error = this.problems.of(told, id);
    if (ref === undefined) this.connection.emit(this.problems.commandFailed(command, error));
    else this.connection.ack(ref, { ok: false, error });
  }
}

function nameOf(frame: Frame): string {
  if (frame.kind === 'text') return 'send-message';
  return frame.kind === 'command' ? frame.name : frame.command;
}
