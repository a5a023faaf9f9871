import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';
import { toProblem, type Failure, type Principal } from '#libs/contracts';
import { ReadingPace, type PacedConnection, type Subscriber, type UnsentBudget } from '#libs/channel-sdk';
import type { EventFrame } from '#libs/ports';

/** What is gathered within one turn of the event loop before it is written all the same, in characters. */
const WRITE_AT = 65_536;

/** Longer events are written as bytes that all readers share, in characters; Node would copy their text for each, at three times its length. */
const LONG_EVENT = 2048;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

/**
 * One response of server-sent events (html.spec.whatwg.org, 9.2): `id:` is the `seq` of stored events, `event:` the type,
 * `data:` the event. What is delivered within one turn of the event loop leaves in one write, but for the first text of a turn.
 * A reader that does not read is cut off; it finds everything at its return.
 */
export class SseStream implements Subscriber, PacedConnection {
  gone = false;
  /** True while stored events are replayed. */
  replaying = false;
  eventsOut = 0;
  /** Resolves when the connection is through with this response. */
  readonly closed: Promise<void>;
  private opened = false;
  /** The headers are on their way. */
  private begun = false;
  /** Why the stream was closed before it was opened. */
  private closing: (() => void) | null = null;
  private pending = '';
  /** The turn whose first text has left. */
  private spokenIn: string | null = null;
  private readonly pace: ReadingPace;
  private readonly raw: ServerResponse;
  private readonly waiting = new Set<() => void>();

  /** The stream ends behind the first event for which `isLast`. `ended` runs once, when the reader is gone or the stream was ended. */
  constructor(
    /** Made when it was asked for. */
    readonly id: string,
    readonly principal: Principal,
    private readonly reply: FastifyReply,
    private readonly isLast: (frame: EventFrame) => boolean,
    private readonly ended: () => void,
    budget: UnsentBudget,
  ) {
    this.raw = reply.raw;
    this.pace = new ReadingPace(budget, this);
    this.raw.on('drain', () => {
      this.pace.caughtUp();
      this.settle();
    });
    this.closed = new Promise((resolve) => {
      const over = (): void => {
        this.leave();
        this.pace.caughtUp();
        resolve();
      };
      // Who hung up while it was found out who they are is not heard of again.
      if (this.raw.closed) queueMicrotask(over);
      else this.raw.once('close', over);
    });
  }

  /** As whoever lists connections sees it. */
  get subscriber(): Subscriber {
    return this;
  }

  /** Status and headers leave in this turn of the event loop; from now on nothing but events can be answered. */
  open(): void {
    this.reply.hijack();
    for (const [name, value] of Object.entries(this.reply.getHeaders())) if (value !== undefined) this.raw.setHeader(name, value);
    this.raw.writeHead(200, HEADERS);
    this.opened = true;
    setImmediate(() => this.begin());
    this.closing?.();
    if (this.raw.destroyed) this.leave();
    else if (this.reply.request.method === 'HEAD') this.end();
  }

  deliver(frame: EventFrame): void {
    if (!this.writable()) return;
    this.eventsOut += 1;
    if (this.raw.writableLength > 0 || frame.json.length > LONG_EVENT) this.writeShared(frame);
    else this.write(textOf(frame.type, frame.json, frame.seq));
    if (frame.type === 'text-delta') this.speakIn(frame.turnId);
    if (this.isLast(frame)) this.end();
  }

  /** The first text of a turn is what its reader waits for: it leaves at once, what came with it follows. */
  private speakIn(turnId: string | null): void {
    if (this.spokenIn === turnId) return;
    this.spokenIn = turnId;
    this.flush();
  }

  /** A stream of one turn ends with it. */
  lost(): void {
    this.end();
  }

  /** What is told to this reader only, and is not stored. */
  event(type: string, json: string): void {
    if (!this.writable()) return;
    this.eventsOut += 1;
    this.write(textOf(type, json, null));
  }

  /** Keeps proxies and readers from taking the connection for dead. */
  comment(): void {
    if (this.writable() && this.raw.writableLength === 0) this.write(': still here\n\n');
  }

  /** Says why and ends the response. */
  close(reason: Failure, publicUrl: string): void {
    if (!this.opened) {
      this.closing = () => this.close(reason, publicUrl);
      return;
    }
    const error = toProblem(reason, publicUrl, this.reply.request.id);
    this.event('connection-closing', JSON.stringify({ type: 'connection-closing', at: new Date().toISOString(), error }));
    this.end();
  }

  end(): void {
    if (this.gone) return;
    this.flush();
    this.raw.end();
    this.leave();
  }

  unsent(): number {
    return this.raw.writableLength;
  }

  slow(): void {
    this.cut();
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.raw.destroy();
    this.leave();
  }

  drained(): Promise<void> {
    this.flush();
    if (this.gone || !this.raw.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  /** Looks at how far the reader is behind; one that does not read is gone then. */
  private writable(): boolean {
    if (this.opened && !this.gone && this.pending === '') this.pace.look(this.replaying, performance.now());
    return this.opened && !this.gone;
  }

  private write(text: string): void {
    if (this.pending === '') setImmediate(() => this.flush());
    this.pending += text;
    if (this.pending.length > WRITE_AT) this.flush();
  }

  /** The headers go out with the first events when there are any in the same turn of the event loop: one write less before the first token. */
  private begin(): void {
    if (this.begun || this.gone) return;
    this.begun = true;
    if (this.pending === '') this.raw.flushHeaders();
    else this.flush();
  }

  /** Long events, and all for readers that are behind: they wait for the same bytes. */
  private writeShared(frame: EventFrame): void {
    this.flush();
    this.begun = true;
    this.raw.write(bytesOf(frame));
  }

  private flush(): void {
    if (this.pending === '' || this.gone) return;
    const text = this.pending;
    this.pending = '';
    this.begun = true;
    const { socket } = this.raw;
    // Node corks the parts of a chunk by itself, but until all promises have run, which may be those of the whole answer.
    socket?.cork();
    this.raw.write(text);
    socket?.uncork();
  }

  private settle(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.pending = '';
    this.settle();
    this.ended();
  }
}

function textOf(type: string, json: string, seq: number | null): string {
  return seq === null ? `event: ${type}\ndata: ${json}\n\n` : `id: ${seq}\nevent: ${type}\ndata: ${json}\n\n`;
}

let last: { readonly frame: EventFrame; readonly bytes: Buffer } | null = null;

/** The bytes of an event, made once for all who hear it one after another. */
function bytesOf(frame: EventFrame): Buffer {
  if (last?.frame !== frame) last = { frame, bytes: Buffer.from(textOf(frame.type, frame.json, frame.seq)) };
  return last.bytes;
}
