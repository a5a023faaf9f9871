import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock, Sessions } from '#libs/ports';
import { Config } from '../config/config.js';
import { Log } from '../observability/log.js';

const EVERY_MS = 60 * 60 * 1000;
/** The first run leaves the start alone. */
const FIRST_AFTER_MS = 30_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Sessions that one step looks at, and events that it erases: a few milliseconds of the writer. */
const STEP = 200;
/** Between two steps messages have the writer to themselves. */
const REST_MS = 20;

/** Erases once an hour what sessions said that are older than `RETENTION_DAYS`, in small steps between the messages. */
@Injectable()
export class Retention {
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly config: Config,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Does nothing when everything is kept for ever. */
  start(): void {
    if (this.config.settings.RETENTION_DAYS !== undefined) this.#again(FIRST_AFTER_MS);
  }

  /** No step begins any more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stopped.abort();
  }

  /** Looks at every session once; resolves with how many events were erased. Rejects with `StorageError`. */
  async run(): Promise<number> {
    const days = this.config.settings.RETENTION_DAYS;
    if (days === undefined) return 0;
    const before = this.clock.now() - days * DAY_MS;
    let erased = 0;
    for (let after: string | null = ''; after !== null && !this.#stopped.signal.aborted; ) {
      const step: { events: number; next: string | null } = await this.sessions.prune(before, after, STEP);
      erased += step.events;
      after = step.next;
      if (after !== null) await delay(REST_MS, undefined, { ref: false });
    }
    return erased;
  }

  #again(inMs: number): void {
    this.#timer = setTimeout(() => void this.#runAndReport(), inMs).unref();
  }

  async #runAndReport(): Promise<void> {
    try {
      const events = await this.run();
      if (events > 0) this.log.info('old events were erased', { events });
    } catch (error) {
      this.log.warn('old events could not be erased; trying again in an hour', { error });
    }
    if (!this.#stopped.signal.aborted) this.#again(EVERY_MS);
  }
}
