import type { FastifyReply } from 'fastify';
import { toProblem, type Failure } from '#libs/contracts';
import type { ControlEvents } from '#libs/ports';
import { toControlEvent, type EventFeed } from './event-feed.js';

const PAGE = 200;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

/**
 * One operator who reads the feed as server-sent events: `id:` is the number of the event. It reads from the store what is behind
 * its last number and waits for its reader, so nothing is missed, repeated, or kept in memory.
 */
export class EventStream {
  readonly closed: Promise<void>;
  #news = true;
  #wake: () => void = () => undefined;
  readonly #stop: () => void;
  #over = false;

  constructor(
    private readonly reply: FastifyReply,
    private readonly tenantId: string,
    private readonly events: ControlEvents,
    feed: EventFeed,
  ) {
    this.#stop = feed.onNews(() => {
      this.#news = true;
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      reply.raw.once('close', () => {
        this.#end();
        resolve();
      });
    });
  }

  /** Sends what is behind `after`, then what comes, until one of the two sides ends it. */
  async run(after: number): Promise<void> {
    const { raw } = this.reply;
    this.reply.hijack();
    for (const [name, value] of Object.entries(this.reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    raw.writeHead(200, HEADERS).flushHeaders();
    let seen = after;
    while (!this.#over) {
      this.#news = false;
      const page = await this.events.after(this.tenantId, seen, PAGE);
      const first = page[0]?.seq;
      if (first !== undefined && first > seen + 1) this.#write(null, 'history-lost', { type: 'history-lost', at: new Date().toISOString(), firstSeq: first });
      for (const event of page) this.#write(event.seq, event.type, toControlEvent(event));
      seen = page.at(-1)?.seq ?? seen;
      if (raw.writableNeedDrain) await this.#next('drain');
      else if (page.length < PAGE && !this.#news) await this.#next(null);
    }
  }

  comment(): void {
    if (!this.#over && !this.reply.raw.writableNeedDrain) this.reply.raw.write(': still here\n\n');
  }

  /** Says why and ends it. */
  close(reason: Failure, publicUrl: string): void {
    if (this.#over) return;
    const error = toProblem(reason, publicUrl, this.reply.request.id);
    this.#write(null, 'connection-closing', { type: 'connection-closing', at: new Date().toISOString(), error });
    this.reply.raw.end();
    this.#end();
  }

  cut(): void {
    this.reply.raw.destroy();
  }

  #write(id: number | null, type: string, data: object): void {
    if (!this.#over) this.reply.raw.write(`${id === null ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Resolves when there is news, the reader has taken what was written (when that is waited for), or it is over. */
  #next(drain: 'drain' | null): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => {
      if (drain !== null) this.reply.raw.once(drain, () => resolve());
      this.#wake = () => {
        if (drain === null || this.#over) resolve();
      };
    });
  }

  #end(): void {
    this.#over = true;
    this.#stop();
    this.#wake();
  }
}
