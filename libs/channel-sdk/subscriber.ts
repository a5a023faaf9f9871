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
  /** Nothing is kept any more of a turn whose message was sent again (its session was deleted): no event of it will come. */
  lost?(turnId: string): void;
  /** True when the reader is gone; replay stops. */
  readonly gone: boolean;
}
