import type { EventFrame } from '#libs/ports';

/** Somebody at a door who hears events: one socket, one SSE response, one waiting request. */
export interface Subscriber {
  /**
   * Takes one event and returns at once. What a reader does not take, the door buffers within its bound;
   * beyond it the door closes the reader.
   */
  deliver(frame: EventFrame): void;
  /** Resolves when the reader has taken what was delivered; replay waits here between pages. Resolves also when the reader is gone. */
  drained(): Promise<void>;
  /**
   * No end of this turn may come any more: nothing is kept of it (its session was deleted), or the store could not tell for about a minute
   * what went by.
   */
  lost?(turnId: string): void;
  /** True when the reader is gone; replay stops. */
  readonly gone: boolean;
}
