import { isTerminal } from '#libs/contracts';
import type { Subscriber } from '#libs/channel-sdk';
import type { EventFrame } from '#libs/ports';

/**
 * What one subscriber hears of one session: all of it once joined, else the turns it follows because it sent them.
 * While a replay runs, live events are only noted: the replay reads them from the store, so each comes once and in order.
 */
export class Subscription {
  joined = false;
  /** Highest `seq` that was delivered. */
  seen = 0;
  /** Highest `seq` that went by during a replay. */
  #passed = 0;
  #replaying = false;
  readonly #turns = new Set<string>();
  #replays: Promise<void> = Promise.resolve();

  constructor(
    readonly subscriber: Subscriber,
    readonly sessionId: string,
  ) {}

  get idle(): boolean {
    return !this.joined && this.#turns.size === 0;
  }

  followTurn(turnId: string): void {
    this.#turns.add(turnId);
  }

  wants(turnId: string | null): boolean {
    return this.joined || (turnId !== null && this.#turns.has(turnId));
  }

  /** Takes a live event. False when events before it were never told (the store's answer was lost): they have to be read. */
  take(frame: EventFrame): boolean {
    if (!this.wants(frame.turnId)) return true;
    if (this.#replaying && frame.type !== 'session-deleted') {
      if (frame.seq !== null) this.#passed = frame.seq;
      return true;
    }
    if (this.joined && frame.seq !== null && frame.seq > this.seen + 1) {
      this.#passed = frame.seq;
      return false;
    }
    this.deliver(frame);
    return true;
  }

  /** Delivers what is newer than anything delivered before. */
  deliver(frame: EventFrame): void {
    if (frame.seq !== null) {
      if (frame.seq <= this.seen) return;
      this.seen = frame.seq;
    }
    this.subscriber.deliver(frame);
    if (frame.turnId !== null && isTerminal(frame.type)) this.#turns.delete(frame.turnId);
  }

  /** Runs a replay while live events wait for it; replays of one subscription run one after another. */
  replay(read: () => Promise<void>): Promise<void> {
    this.#replaying = true;
    const mine = this.#replays
      .then(() => {
        this.#replaying = true;
        return read();
      })
      .finally(() => {
        if (this.#replays === mine) this.#replaying = false;
      });
    this.#replays = mine;
    return mine;
  }

  /** True when the store holds events that went by unseen. */
  get behind(): boolean {
    return this.#passed > this.seen;
  }

  /** Ends the replay at once, so that nothing comes between the last event read and the first live one. */
  goLive(): void {
    this.#replaying = false;
  }
}
