import { Injectable } from '@nestjs/common';
import type { ControlEvent } from '#libs/contracts';
import { Clock, ControlEvents, type NewControlEvent, type StoredControlEvent } from '#libs/ports';
import { Log } from '../../observability/log.js';

/** What is told within this time is written in one step. */
const WRITE_AFTER_MS = 100;
/** Events that may wait to be written; what comes on top is left out and counted. */
const MAX_WAITING = 1000;

/**
 * What happens in the gateway, for its operators: kept, numbered, and told live. Telling costs its caller nothing but a place in a list.
 * An event that cannot be written is tried again with the next ones.
 */
@Injectable()
export class EventFeed {
  #waiting: NewControlEvent[] = [];
  #leftOut = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  readonly #readers = new Set<() => void>();

  constructor(
    private readonly clock: Clock,
    private readonly events: ControlEvents,
    private readonly log: Log,
  ) {}

  /** `detail` holds no secret and no content of messages. */
  tell(tenantId: string, type: string, detail: object): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#leftOut += 1;
      return;
    }
    this.#waiting.push({ tenantId, at: this.clock.now(), type, detail: JSON.stringify(detail) });
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_AFTER_MS).unref();
  }

  /** Resolves when everything told so far was written, or could not be. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    return (this.#writing = this.#writing.then(() => this.#write()));
  }

  /** Calls `again` whenever there is something new; the answer stops it. */
  onNews(again: () => void): () => void {
    this.#readers.add(again);
    return () => this.#readers.delete(again);
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      await this.events.append(batch);
      for (const again of this.#readers) again();
      if (this.#leftOut > 0) this.log.warn('events for operators were left out; too many came at once', { count: this.#leftOut });
      this.#leftOut = 0;
    } catch (error) {
      this.log.warn('events for operators could not be written', { count: batch.length, error });
      this.#waiting = [...batch, ...this.#waiting].slice(0, MAX_WAITING);
      this.#timer ??= setTimeout(() => void this.flush(), WRITE_AFTER_MS * 10).unref();
    }
  }
}

export function toControlEvent({ seq, at, type, detail }: StoredControlEvent): ControlEvent {
  const parsed: Record<string, unknown> = JSON.parse(detail);
  return { seq, at: new Date(at).toISOString(), type, detail: parsed };
}
