import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Ack, GatewayEvent, Principal } from '#libs/contracts';
import { ReadingPace, type Subscriber } from '#libs/channel-sdk';
import type { EventFrame } from '#libs/ports';
import type { CloseCode } from './close-codes.js';

/** Names a command in its answer, as its sender wrote it. */
export type Ref = string | number;

/** One client of the door. What is sent within one turn of the event loop leaves in one write. */
export class Connection implements Subscriber {
  gone = false;
  /** Milliseconds since the epoch. */
  heardAt: number;
  pingedAt: number;
  eventsOut = 0;
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>;
  private readonly pace = new ReadingPace();
  private replays = 0;
  private corked = false;
  private readonly waiting = new Set<() => void>();

  /** `slow` is called when the reader does not read. */
  constructor(
    /** Made when it came in; told in `connected`. */
    readonly id: string,
    readonly principal: Principal,
    private readonly socket: WebSocket,
    private readonly stream: Duplex,
    now: number,
    private readonly slow: () => void,
  ) {
    this.heardAt = now;
    this.pingedAt = now;
    stream.on('drain', () => this.settle());
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.leave();
        resolve();
      });
    });
  }

  /** As whoever lists connections sees it. */
  get subscriber(): Subscriber {
    return this;
  }

  deliver(frame: EventFrame): void {
    this.eventsOut += 1;
    this.write(frame.json);
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
    if (this.pace.tooSlow(this.socket.bufferedAmount, this.replays > 0, performance.now())) return this.slow();
    this.socket.ping();
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
    this.leave();
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.socket.terminate();
  }

  private write(text: string): void {
    if (this.gone || this.socket.readyState !== WebSocket.OPEN) return;
    if (this.pace.tooSlow(this.socket.bufferedAmount, this.replays > 0, performance.now())) return this.slow();
    this.cork();
    this.socket.send(text);
  }

  private cork(): void {
    if (this.corked) return;
    this.corked = true;
    this.stream.cork();
    setImmediate(() => {
      this.corked = false;
      this.stream.uncork();
    });
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
