import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Ack, GatewayEvent, Principal } from '#libs/contracts';
import { ReadingPace, type PacedConnection, type Subscriber, type UnsentBudget, type Watcher, type WatchFrame } from '#libs/channel-sdk';
import type { EventFrame } from '#libs/ports';
import type { CloseCode } from './close-codes.js';

/** How long a client may take to answer a close, and to read what was sent before it. */
const CLOSE_GRACE_MS = 10_000;

/** Names a command in its answer, as its sender wrote it. */
export type Ref = string | number;

/** One client of the door. What is sent within one turn of the event loop leaves in one write. */
export class Connection implements Subscriber, Watcher, PacedConnection {
  gone = false;
  /** Milliseconds since the epoch. */
  heardAt: number;
  pingedAt: number;
  eventsOut = 0;
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>;
  private readonly pace: ReadingPace;
  private replays = 0;
  private corked = false;
  private readonly waiting = new Set<() => void>();

  /** `notRead` is called when the reader does not read. */
  constructor(
    /** Made when it came in; told in `connected`. */
    readonly id: string,
    readonly principal: Principal,
    private readonly socket: WebSocket,
    private readonly stream: Duplex,
    now: number,
    budget: UnsentBudget,
    private readonly notRead: () => void,
  ) {
    this.pace = new ReadingPace(budget, this);
    this.heardAt = now;
    this.pingedAt = now;
    stream.on('drain', () => {
      this.pace.caughtUp();
      this.settle();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.leave();
        this.pace.caughtUp();
        resolve();
      });
    });
  }

  /** As whoever lists connections sees it. */
  get subscriber(): Subscriber {
    return this;
  }

  deliver(frame: EventFrame): void {
    if (!this.writable()) return;
    this.eventsOut += 1;
    this.socket.send(bytesOf(frame), { binary: false });
  }

  show({ json }: WatchFrame): void {
    this.eventsOut += 1;
    this.write(json);
  }

  emit(event: GatewayEvent): void {
    this.eventsOut += 1;
    this.write(JSON.stringify(event));
  }

  ack(ref: Ref | undefined, answer: Ack<object>): void {
    this.write(JSON.stringify({ type: 'ack', ...(ref === undefined ? {} : { ref }), ...answer }));
  }

  ping(now: number): void {
    this.pingedAt = now;
    if (this.gone || this.socket.readyState !== WebSocket.OPEN) return;
    this.pace.look(this.replays > 0, performance.now());
    if (!this.gone) this.socket.ping();
  }

  /** Runs a replay, which may have more unsent than live events may. */
  async replay(run: () => Promise<void>): Promise<void> {
    this.replays += 1;
    try {
      await run();
      await this.drained();
    } finally {
      this.replays -= 1;
    }
  }

  drained(): Promise<void> {
    if (this.gone || !this.stream.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  /** Stops reading commands until `resume`. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    if (!this.gone) this.socket.resume();
  }

  /** Says why, then closes; nothing is delivered behind it. */
  close(event: GatewayEvent<'connection-closing'>, code: CloseCode): void {
    if (this.gone) return;
    this.socket.resume();
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(event));
    this.socket.close(code, event.error.code);
    setTimeout(() => this.cut(), CLOSE_GRACE_MS).unref();
    this.leave();
  }

  unsent(): number {
    return this.socket.bufferedAmount;
  }

  slow(): void {
    this.notRead();
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.socket.terminate();
  }

  /** Cuts the connection unless it is being closed: then what was said last may still arrive. */
  hangUp(): void {
    if (!this.gone) this.cut();
  }

  private write(text: string): void {
    if (this.writable()) this.socket.send(text);
  }

  /** Begins the write of this turn of the event loop, after a look at how far the reader is behind; one that does not read is gone then. */
  private writable(): boolean {
    if (this.gone || this.socket.readyState !== WebSocket.OPEN) return false;
    if (this.corked) return true;
    this.pace.look(this.replays > 0, performance.now());
    if (this.gone) return false;
    this.corked = true;
    this.stream.cork();
    setImmediate(() => {
      this.corked = false;
      this.stream.uncork();
    });
    return true;
  }

  private settle(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private leave(): void {
    this.gone = true;
    this.settle();
  }
}

let last: { readonly frame: EventFrame; readonly bytes: Buffer } | null = null;

/** The bytes of an event, made once for all who hear it one after another. */
function bytesOf(frame: EventFrame): Buffer {
  if (last?.frame !== frame) last = { frame, bytes: Buffer.from(frame.json) };
  return last.bytes;
}
