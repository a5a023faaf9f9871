import type { CallOptions } from './caller.js';
import { request } from './caller.js';
import type { StartedGateway } from '../../support/start-gateway.js';

export interface SseEvent {
  readonly id?: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads server-sent events as a browser would, one after the other. */
export class SseReader {
  private buffered = '';
  private readonly decoder = new TextDecoder();

  private constructor(
    readonly response: Response,
    private readonly body: ReadableStreamDefaultReader<Uint8Array>,
    private readonly hangUp: AbortController,
  ) {}

  static async open(gateway: StartedGateway, method: string, path: string, options: CallOptions = {}): Promise<SseReader> {
    const hangUp = new AbortController();
    const response = await fetch(`${gateway.url}${path}`, { ...request(method, options), signal: hangUp.signal });
    if (response.body === null) throw new Error('the answer has no body');
    return new SseReader(response, response.body.getReader(), hangUp);
  }

  /** The next event; null at the end of the response. */
  async next(): Promise<SseEvent | null> {
    for (;;) {
      const end = this.buffered.indexOf('\n\n');
      if (end >= 0) {
        const block = this.buffered.slice(0, end);
        this.buffered = this.buffered.slice(end + 2);
        const event = parse(block);
        if (event !== null) return event;
        continue;
      }
      const { done, value } = await within(this.body.read());
      if (done) return null;
      this.buffered += this.decoder.decode(value, { stream: true });
    }
  }

  /** Reads up to and with the first event of this type. */
  async until(type: string): Promise<SseEvent[]> {
    const events: SseEvent[] = [];
    for (;;) {
      const event = await this.next();
      if (event === null) throw new Error(`the stream ended before ${type}: ${events.map(({ event: name }) => name).join(', ')}`);
      events.push(event);
      if (event.event === type) return events;
    }
  }

  /** Reads to the end of the response. */
  async rest(): Promise<SseEvent[]> {
    const events: SseEvent[] = [];
    for (let event = await this.next(); event !== null; event = await this.next()) events.push(event);
    return events;
  }

  close(): void {
    this.hangUp.abort();
  }
}

function parse(block: string): SseEvent | null {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name, value] = /^(\w+): (.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
  const data = fields.get('data');
  if (data === undefined) return null;
  const id = fields.get('id');
  return { ...(id === undefined ? {} : { id }), event: fields.get('event') ?? 'message', data: JSON.parse(data) };
}

function within<Value>(work: Promise<Value>): Promise<Value> {
  const late = new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error('nothing came within 30 s')), 30_000).unref());
  return Promise.race([work, late]);
}
