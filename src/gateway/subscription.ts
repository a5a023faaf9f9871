import { isTerminal } from '#libs/contracts';
import type { Subscriber } from '#libs/channel-sdk';
import type { EventFrame } from '#libs/ports';

/** How far one reader is in a session or in a turn. */
interface Cursor {
  /** Highest `seq` that was delivered. */
  seen: number;
  /** Highest `seq` that went by during a replay. */
  passed: number;
  replaying: boolean;
}

interface TurnCursor extends Cursor {
  readonly turnId: string;
}

/**
 * What one subscriber hears of one session: all of it once joined, else the turns it follows because it sent them.
 * While a replay runs, live events are only noted: the replay reads them from the store, so each comes once and in order.
 */
export class Subscription {
  joined = false;
  readonly #session: Cursor = { seen: 0, passed: 0, replaying: false };
  /** Few: what its subscriber has sent and what has not ended. */
  readonly #turns: TurnCursor[] = [];
  #replays: Promise<void> = Promise.resolve();

  constructor(
    readonly subscriber: Subscriber,
    readonly sessionId: string,
  ) {}

  get idle(): boolean {
    return !this.joined && this.#turns.length === 0;
  }

  /** Highest `seq` of the session that was delivered since the join. */
  get seen(): number {
    return this.#session.seen;
  }

  /** From here on the session is told. */
  beginBehind(seq: number): void {
    this.#session.seen = seq;
  }

  /** The turn is told from now on; with a replay to come, live events wait for it. */
  followTurn(turnId: string, replayBehind?: number): void {
    this.unfollowTurn(turnId);
    this.#turns.push({ turnId, seen: replayBehind ?? 0, passed: 0, replaying: replayBehind !== undefined });
  }

  /** The turns it follows; from now on live events of them wait for a replay. */
  holdTurns(): string[] {
    for (const cursor of this.#turns) cursor.replaying = true;
    return this.#turns.map(({ turnId }) => turnId);
  }

  unfollowTurn(turnId: string): void {
    const at = this.#turns.findIndex((cursor) => cursor.turnId === turnId);
    if (at >= 0) this.#turns.splice(at, 1);
  }

  /** Takes a live event. False when events before it were never told (the store's answer was lost): they have to be read. */
  take(frame: EventFrame): boolean {
    const cursor = this.#cursorOf(frame);
    if (cursor === undefined) return true;
    const { seq } = frame;
    if (cursor.replaying && frame.type !== 'session-deleted') {
      if (seq !== null) cursor.passed = seq;
      return true;
    }
    if (this.joined && seq !== null && seq > cursor.seen + 1) {
      cursor.passed = seq;
      return false;
    }
    this.deliver(frame);
    return true;
  }

  /** Delivers what is newer than anything delivered before. */
  deliver(frame: EventFrame): void {
    const cursor = this.#cursorOf(frame);
    if (cursor === undefined) return;
    if (frame.seq !== null) {
      if (frame.seq <= cursor.seen) return;
      cursor.seen = frame.seq;
    }
    this.subscriber.deliver(frame);
    if (frame.turnId !== null && isTerminal(frame.type)) this.unfollowTurn(frame.turnId);
  }

  /** Runs a replay while live events of a joined session wait for it; replays of one subscription run one after another. */
  replay(read: () => Promise<void>): Promise<void> {
    const session = this.#session;
    session.replaying = true;
    const mine = this.#replays
      .then(() => {
        session.replaying = true;
        return read();
      })
      .finally(() => {
        if (this.#replays === mine) session.replaying = false;
      });
    this.#replays = mine;
    return mine;
  }

  /** True when the store holds events of the session that went by unseen. */
  get behind(): boolean {
    return this.#session.passed > this.#session.seen;
  }

  /** True when the store holds events of the turn that went by unseen. */
  behindIn(turnId: string): boolean {
    const cursor = this.#turn(turnId);
    return cursor !== undefined && cursor.passed > cursor.seen;
  }

  /** Ends the replay at once, so that nothing comes between the last event read and the first live one. */
  goLive(): void {
    this.#session.replaying = false;
  }

  /** The same for one turn. False when the turn was told to its end. */
  goLiveIn(turnId: string): boolean {
    const cursor = this.#turn(turnId);
    if (cursor !== undefined) cursor.replaying = false;
    return cursor !== undefined;
  }

  #cursorOf({ turnId }: EventFrame): Cursor | undefined {
    if (this.joined) return this.#session;
    return turnId === null ? undefined : this.#turn(turnId);
  }

  #turn(turnId: string): TurnCursor | undefined {
    return this.#turns.find((cursor) => cursor.turnId === turnId);
  }
}
