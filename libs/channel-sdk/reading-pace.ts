import type { UnsentBudget, UnsentReader } from './unsent-budget.js';

/** What may wait unsent for a live reader for a while, in bytes. */
const TOLERATED_BYTES = 128 * 1024;
/** How long more than that may wait, in milliseconds. */
const TOLERATED_MS = 5_000;
/** What may wait at all. */
const MAX_BYTES = 1024 * 1024;
/** The same while a replay runs, which waits for the reader between its pages: room for the largest events. */
const MAX_REPLAYING_BYTES = 32 * 1024 * 1024;
/** How long a replay waits for the reader to take a page, in milliseconds. */
const REPLAY_TOLERATED_MS = 30_000;

/** One reader's connection, as its pace sees it. */
export interface PacedConnection {
  /** Bytes that wait for the reader. */
  unsent(): number;
  /** The reader does not read: closes the connection. */
  slow(): void;
  /** There is no room for what waits: ends the connection at once. */
  cut(): void;
}

/** Tells a reader on a slow line from one that does not read, by what waits for it and for all readers together. */
export class ReadingPace implements UnsentReader {
  behindSince: number | null = null;
  #overSince: number | null = null;

  constructor(
    private readonly budget: UnsentBudget,
    private readonly connection: PacedConnection,
  ) {}

  /**
   * Looks at what waits, in steady milliseconds. Slow is a reader for whom over 1 MiB waits, or over 128 KiB for 5 s; while a replay runs,
   * over 32 MiB, or anything for 30 s.
   */
  look(replaying: boolean, now: number): void {
    const unsent = this.connection.unsent();
    if (unsent === 0) return this.caughtUp();
    this.behindSince ??= now;
    if (unsent <= TOLERATED_BYTES) this.#overSince = null;
    else this.#overSince ??= now;
    this.budget.note(this, unsent, now);
    const isSlow = replaying
      ? unsent > MAX_REPLAYING_BYTES || now - this.behindSince > REPLAY_TOLERATED_MS
      : unsent > MAX_BYTES || now - (this.#overSince ?? now) > TOLERATED_MS;
    if (isSlow) this.connection.slow();
  }

  /** Nothing waits any more: the reader took it, or its connection is over. */
  caughtUp(): void {
    if (this.behindSince === null) return;
    this.behindSince = null;
    this.#overSince = null;
    this.budget.note(this, 0, 0);
  }

  unsent(): number {
    return this.connection.unsent();
  }

  cut(): void {
    this.connection.cut();
  }
}
