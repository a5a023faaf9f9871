import { failure, type CancelTurn, type Failure, type JoinSession, type LeaveSession, type SendMessage } from '#libs/contracts';
import type { Gateway, Outcome } from '#libs/channel-sdk';
import { CLOSE_CODES } from './close-codes.js';
import type { Connection, Ref } from './connection.js';
import type { Problems } from './problems.js';
import { BINARY, readFrame, type Frame } from './read-frame.js';

export const WEBSOCKET_CHANNEL = 'websocket';

/** Commands at work in one connection; with more, it is not read until some are done. */
const PAUSE_AT = 64;
/** What had been read before it was paused may come on top; beyond this it is refused. */
const REFUSE_AT = 1024;
const OVERLOADED = failure('overloaded', 'Too many commands are waiting for their answer.', { retryAfterMs: 1000 });

/** What one client says, and the answers to it. */
export class Conversation {
  /** The session of bare text: made by the first message, then kept. */
  private ownSession: string | null = null;
  private texts: Promise<void> = Promise.resolve();
  private atWork = 0;

  constructor(
    private readonly connection: Connection,
    private readonly gateway: Gateway,
    private readonly problems: Problems,
    private readonly accepted: () => void,
  ) {}

  take(data: string, isBinary: boolean): void {
    const frame = isBinary ? BINARY : readFrame(data);
    const ref = 'ref' in frame ? frame.ref : undefined;
    const name = nameOf(frame);
    if (this.atWork >= REFUSE_AT) return this.refuse(name, OVERLOADED, ref);
    this.atWork += 1;
    if (this.atWork === PAUSE_AT) this.connection.pause();
    void this.run(frame)
      .catch((error: unknown) => this.refuse(name, this.problems.failureOf(error, name), ref))
      .finally(() => {
        if (this.atWork === PAUSE_AT) this.connection.resume();
        this.atWork -= 1;
      });
  }

  private async run(frame: Frame): Promise<void> {
    if (frame.kind === 'malformed') return this.refuse(frame.command, frame.failure, frame.ref);
    if (frame.kind === 'text') return this.sendText(frame.text);
    switch (frame.name) {
      case 'send-message':
        await this.send(frame.payload, frame.ref);
        return;
      case 'cancel-turn':
        return this.cancel(frame.payload, frame.ref);
      case 'join-session':
        return this.join(frame.payload, frame.ref);
      case 'leave-session':
        return this.leave(frame.payload, frame.ref);
    }
  }

  /** One after the other, so that they all land in the one session and in their order. */
  private sendText(content: string): Promise<void> {
    if (content === '') {
      this.refuse('send-message', failure('validation_failed', 'An empty frame says nothing.', { errors: [{ path: 'content', message: 'must not be empty' }] }));
      return Promise.resolve();
    }
    const mine = this.texts.then(async () => {
      const outcome = await this.send(this.ownSession === null ? { content } : { content, sessionId: this.ownSession });
      if (outcome.ok) this.ownSession = outcome.value;
      else if (outcome.failure.code === 'not_found') this.ownSession = null;
    });
    this.texts = mine.catch(() => undefined);
    return mine;
  }

  /** Answers before the first event goes out. The value is the message's session. */
  private async send(message: SendMessage, ref?: Ref): Promise<Outcome<string>> {
    const via = { channel: WEBSOCKET_CHANNEL, subscriber: this.connection };
    const outcome = await this.gateway.send(this.connection.principal, message, via, ({ accepted }) => {
      this.accepted();
      this.connection.ack(ref, { ok: true, ...accepted });
    });
    if (outcome.ok) return { ok: true, value: outcome.value.accepted.sessionId };
    this.refuse('send-message', outcome.failure, ref);
    return { ok: false, failure: outcome.failure };
  }

  private async cancel(command: CancelTurn, ref?: Ref): Promise<void> {
    const outcome = await this.gateway.cancel(this.connection.principal, command);
    if (outcome.ok) this.connection.ack(ref, { ok: true, ...outcome.value });
    else this.refuse('cancel-turn', outcome.failure, ref);
  }

  private async join(command: JoinSession, ref?: Ref): Promise<void> {
    const outcome = await this.gateway.join(this.connection.principal, command, this.connection);
    if (!outcome.ok) return this.refuse('join-session', outcome.failure, ref);
    const { joined, follow } = outcome.value;
    this.connection.ack(ref, { ok: true, ...joined });
    void this.connection.replay(follow).catch((error: unknown) => {
      this.connection.close(this.problems.closing(this.problems.failureOf(error, 'a replay')), CLOSE_CODES.storage);
    });
  }

  private async leave(command: LeaveSession, ref?: Ref): Promise<void> {
    const outcome = await this.gateway.leave(this.connection.principal, command, this.connection);
    if (outcome.ok) this.connection.ack(ref, { ok: true });
    else this.refuse('leave-session', outcome.failure, ref);
  }

  /** A command with a `ref` is answered; without one, what went wrong goes out as an event. */
  private refuse(command: string, told: Failure, ref?: Ref): void {
    if (ref === undefined) this.connection.emit(this.problems.commandFailed(command, told));
    else this.connection.ack(ref, { ok: false, error: this.problems.of(told) });
  }
}

function nameOf(frame: Frame): string {
  if (frame.kind === 'text') return 'send-message';
  return frame.kind === 'command' ? frame.name : frame.command;
}
