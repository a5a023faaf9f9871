import { carryOpenText, emptyTranscript, foldDelta, foldStored, type StoredEvent, type Transcript } from './transcript.js';
import type { GatewayEvent } from '#libs/contracts';

/** Stored events that a first look at a session loads, and each step back after it. */
export const WINDOW_EVENTS = 600;

/** What taking an event came to: `gap` means events are missing before it and it was not taken. */
export type Taken = 'taken' | 'known' | 'gap';

/** The loaded part of one session: stored events in order without gap or repeat, and the text that streams behind them. */
export class Conversation {
  #stored: StoredEvent[] = [];
  #transcript: Transcript;
  #before: number;

  /** `after`: stored events up to this one are not loaded. */
  constructor(
    readonly sessionId: string,
    after: number,
  ) {
    this.#before = after;
    this.#transcript = emptyTranscript(sessionId, after);
  }

  get transcript(): Transcript {
    return this.#transcript;
  }

  /** Stored events 1 to this one are not loaded; 0 when all are. */
  get before(): number {
    return this.#before;
  }

  takeStored(event: StoredEvent): Taken {
    if (event.seq <= this.#transcript.lastSeq) return 'known';
    if (event.seq !== this.#transcript.lastSeq + 1) return 'gap';
    this.#stored.push(event);
    this.#transcript = foldStored(this.#transcript, event);
    return 'taken';
  }

  takeDelta(delta: GatewayEvent<'text-delta'>): void {
    this.#transcript = foldDelta(this.#transcript, delta);
  }

  /** Puts older events in front; they end right before the first one that is loaded. */
  prepend(older: readonly StoredEvent[]): void {
    const first = older[0];
    if (first === undefined || older.at(-1)?.seq !== this.#before) return;
    this.#stored = [...older, ...this.#stored];
    this.#before = first.seq - 1;
    const whole = this.#stored.reduce(foldStored, emptyTranscript(this.sessionId, this.#before));
    this.#transcript = carryOpenText(this.#transcript, whole);
  }

  /** What is older than `firstSeq` is not kept any more; begins there when nothing newer was loaded. */
  beginAt(firstSeq: number): void {
    if (this.#transcript.lastSeq >= firstSeq - 1) return;
    this.#stored = [];
    this.#before = 0;
    this.#transcript = emptyTranscript(this.sessionId, firstSeq - 1);
  }
}
