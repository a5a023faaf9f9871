import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';
import { toProblem, type Failure, type Principal } from '#libs/contracts';
import { ReadingPace, type Subscriber } from '#libs/channel-sdk';
import type { EventFrame } from '#libs/ports';

/** What is gathered within one turn of the event loop before it is written all the same, in characters. */
const WRITE_AT = 65_536;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

/**
 * One response of server-sent events (html.spec.whatwg.org, 9.2): `id:` is the `seq` of stored events, `event:` the type,
 * `data:` the event. What is delivered within one turn of the event loop leaves in one write.
 * A reader that does not read is cut off; it finds everything at its return.
 */
export class SseStream implements Subscriber {
  gone = false;
  /** True while stored events are replayed. */
  replaying = false;
  eventsOut = 0;
  /** Resolves when the connection is through with this response. */
  readonly closed: Promise<void>;
  private opened = false;
  /** Why the stream was closed before it was opened. */
  private closing: (() => void) | null = null;
  private pending = '';
  private readonly pace = new ReadingPace();
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
  ) {
    this.raw = reply.raw;
    this.raw.on('drain', () => this.settle());
    this.closed = new Promise((resolve) => {
      this.raw.on('close', () => {
        this.leave();
        resolve();
      });
    });
  }

  /** As whoever lists connections sees it. */
  get subscriber(): Subscriber {
    return this;
  }

  /** Sends status and headers; from now on nothing but events can be answered. */
  open(): void {
    this.reply.hijack();
    for (const [name, value] of Object.entries(this.reply.getHeaders())) if (value !== undefined) this.raw.setHeader(name, value);
    this.raw.writeHead(200, HEADERS).flushHeaders();
    this.opened = true;
    this.closing?.();
    if (this.raw.destroyed) this.leave();
    else if (this.reply.request.method === 'HEAD') this.end();
  }

  deliver(frame: EventFrame): void {
    this.event(frame.type, frame.json, frame.seq);
    if (this.isLast(frame)) this.end();
  }

  event(type: string, json: string, seq: number | null = null): void {
    if (this.gone || !this.opened) return;
    this.eventsOut += 1;
    this.write(seq === null ? `event: ${type}\ndata: ${json}\n\n` : `id: ${seq}\nevent: ${type}\ndata: ${json}\n\n`);
  }

  /** Keeps proxies and readers from taking the connection for dead. */
  comment(): void {
    this.write(': still here\n\n');
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

  private write(text: string): void {
    if (this.gone || !this.opened) return;
    if (this.pace.tooSlow(this.raw.writableLength, this.replaying, performance.now())) return this.cut();
    if (this.pending === '') setImmediate(() => this.flush());
    this.pending += text;
    if (this.pending.length > WRITE_AT) this.flush();
  }

  private flush(): void {
    if (this.pending === '' || this.gone) return;
    const text = this.pending;
    this.pending = '';
    this.raw.write(text);
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
