import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { failure, type Accepted, type JoinSession, type LeaveSession, type Principal } from '#libs/contracts';
import { ok, refused, type JoinGrant, type Outcome, type Subscriber } from '#libs/channel-sdk';
import { backoffMs, reachOf } from '#libs/policy';
import { Clock, History, StorageError, type EventFrame } from '#libs/ports';
import { Log } from '../observability/log.js';
import { Conductor } from './conductor.js';
import { textDelta } from './egress.js';
import { Hub } from './hub.js';
import type { Subscription } from './subscription.js';

/** Stored events that one replay holds in memory at a time: few until it is seen how large they are, then about so many characters. */
const FIRST_PAGE = 4;
const LARGEST_PAGE = 200;
const PAGE_LENGTH = 65_536;
/** A store that fails is asked again, for about a minute. The first wait lets a commit land whose answer was lost. */
const ASK_AGAIN = { firstMs: 50, maxMs: 2000 };
const ASKS = 30;

/** Sessions that one connection may have joined at once. */
const MAX_JOINED = 256;
const TOO_MANY = failure('conflict', `This connection has joined ${MAX_JOINED} sessions; leave one first.`);

const NO_SESSION = failure('not_found', 'no such session');
const NO_SCOPE = failure('permission_denied', 'the scope messages or sessions:read is needed');

/** Who hears what, and how a reader that was away is brought up to now without a gap and without a repeat. */
@Injectable()
export class Joins {
  /** Subscriptions that are about to be brought up to now. */
  readonly #behind = new Set<Subscription>();

  constructor(
    private readonly clock: Clock,
    private readonly history: History,
    private readonly hub: Hub,
    private readonly conductor: Conductor,
    private readonly log: Log,
  ) {
    hub.catchUp = (subscription) => void this.#fillGaps(subscription);
  }

  async join(principal: Principal, { sessionId, after }: JoinSession, subscriber: Subscriber): Promise<Outcome<JoinGrant>> {
    const reach = reachOf(principal, 'read');
    if (reach === null) return refused(NO_SCOPE);
    const bounds = await this.history.bounds(sessionId, reach);
    if (bounds === null) return refused(NO_SESSION);
    if (this.hub.find(subscriber, sessionId)?.joined !== true && this.hub.joinedBy(subscriber) >= MAX_JOINED) return refused(TOO_MANY);
    const { firstSeq, lastSeq } = bounds;
    const from = Math.min(after ?? lastSeq, lastSeq);
    const lost = firstSeq > from + 1;
    const joined = lost ? { lastSeq, historyLost: true as const, firstSeq } : { lastSeq };
    return ok({
      joined,
      follow: async () => {
        const subscription = this.hub.subscribe(subscriber, sessionId);
        if (subscription.joined || subscriber.gone) return;
        subscription.joined = true;
        if (lost) subscriber.deliver(this.#historyLost(sessionId, firstSeq));
        await subscription.replay(async () => {
          subscription.beginBehind(lost ? firstSeq - 1 : from);
          await this.#catchUp(subscription);
        });
      },
    });
  }

  /** Leaving what was not joined changes nothing; what is not within reach is not found. */
  async leave(principal: Principal, { sessionId }: LeaveSession, subscriber: Subscriber): Promise<Outcome<Record<string, never>>> {
    const subscription = this.hub.find(subscriber, sessionId);
    if (subscription !== undefined) {
      this.hub.remove(subscription);
      return ok({});
    }
    const reach = reachOf(principal, 'read');
    if (reach === null) return refused(NO_SCOPE);
    return (await this.history.bounds(sessionId, reach)) === null ? refused(NO_SESSION) : ok({});
  }

  forget(subscriber: Subscriber): void {
    this.hub.forget(subscriber);
  }

  /** From now on the subscriber hears the turn it has just sent. */
  followTurn(subscriber: Subscriber, { sessionId, turnId }: Accepted): void {
    if (!subscriber.gone) this.hub.subscribe(subscriber, sessionId).followTurn(turnId);
  }

  /** Somebody sent a message again: its events once more from the first, then live as far as it still runs. */
  async replayTurn(subscriber: Subscriber, { sessionId, turnId, seq }: Accepted, requestId: string | undefined): Promise<void> {
    if (subscriber.gone) return;
    const subscription = this.hub.subscribe(subscriber, sessionId);
    if (!subscription.joined) subscription.followTurn(turnId, seq - 1);
    try {
      await subscription.replay(async () => {
        if (!subscription.joined) return this.#untilRead(subscription, () => this.#tellTurn(subscription, turnId));
        await this.#untilRead(subscription, () => this.#tellAgain(subscription, turnId));
        await this.#untilRead(subscription, () => this.#catchUp(subscription));
      });
    } catch (error) {
      this.log.warn('a replay failed', { requestId, sessionId, turnId, error });
      this.#lose(subscription, turnId);
    }
    if (subscription.idle || subscriber.gone) this.hub.remove(subscription);
  }

  /** Tells what the store holds and this reader has not heard; what happens meanwhile waits for it. */
  async #fillGaps(subscription: Subscription): Promise<void> {
    const turns = subscription.holdTurns();
    if (this.#behind.has(subscription)) return;
    this.#behind.add(subscription);
    try {
      await subscription.replay(async () => {
        await delay(ASK_AGAIN.firstMs, undefined, { ref: false });
        this.#behind.delete(subscription);
        if (subscription.joined) await this.#untilRead(subscription, () => this.#catchUp(subscription));
        else for (const turnId of subscription.holdTurns()) await this.#untilRead(subscription, () => this.#tellTurn(subscription, turnId));
      });
    } catch (error) {
      const { sessionId, subscriber } = subscription;
      this.log.warn('a gap could not be filled', { sessionId, turnIds: turns, error });
      for (const turnId of turns) if (subscription.goLiveIn(turnId)) subscriber.lost?.(turnId);
    }
    if (subscription.idle || subscription.subscriber.gone) this.hub.remove(subscription);
  }

  async #untilRead(subscription: Subscription, read: () => Promise<void>): Promise<void> {
    for (let ask = 0; !subscription.subscriber.gone; ask += 1) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof StorageError) || ask >= ASKS) throw error;
        await delay(backoffMs(ASK_AGAIN, ask, Math.random()), undefined, { ref: false });
      }
    }
  }

  /** Reads one turn until nothing of it is behind, then switches to live in the same breath. */
  async #tellTurn(subscription: Subscription, turnId: string): Promise<void> {
    do {
      const events = await this.history.turnEvents(turnId);
      if (events.length === 0) return this.#lose(subscription, turnId);
      for (const frame of events) subscription.deliver(frame);
    } while (subscription.behindIn(turnId) && !subscription.joined && !subscription.subscriber.gone);
    if (subscription.goLiveIn(turnId)) this.#tellText(subscription, turnId);
  }

  /** What was erased, or cannot be read, has no end that could be waited for. */
  #lose(subscription: Subscription, turnId: string): void {
    subscription.unfollowTurn(turnId);
    subscription.subscriber.lost?.(turnId);
  }

  /** To one who hears the whole session: what it has heard of the turn comes again. */
  async #tellAgain({ subscriber, seen }: Subscription, turnId: string): Promise<void> {
    for (const frame of await this.history.turnEvents(turnId)) if (frame.seq <= seen) subscriber.deliver(frame);
  }

  /** Reads on from what was delivered until nothing is behind, then switches to live in the same breath. */
  async #catchUp(subscription: Subscription): Promise<void> {
    const { subscriber, sessionId } = subscription;
    for (let limit = FIRST_PAGE; ; ) {
      const page = await this.history.events(sessionId, subscription.seen, limit);
      for (const frame of page) subscription.deliver(frame);
      if (subscriber.gone) return;
      if (page.length === 0 || (page.length < limit && !subscription.behind)) break;
      await subscriber.drained();
      limit = nextPage(page);
    }
    subscription.goLive();
    this.#tellText(subscription, null);
  }

  /** The text so far of the turn that runs, when it is this one. */
  #tellText({ subscriber, sessionId }: Subscription, turnId: string | null): void {
    const running = this.conductor.findBySession(sessionId);
    if (running === undefined || running.text === '' || (turnId !== null && running.turn.turnId !== turnId)) return;
    subscriber.deliver(textDelta(sessionId, running.turn.turnId, 0, running.text, this.clock.now()));
  }

  #historyLost(sessionId: string, firstSeq: number) {
    const json = JSON.stringify({ type: 'history-lost', at: new Date(this.clock.now()).toISOString(), sessionId, firstSeq });
    return { type: 'history-lost', sessionId, seq: null, turnId: null, json } as const;
  }
}

/** How many events the next page may have, so that it is about `PAGE_LENGTH` long. */
function nextPage(page: readonly EventFrame[]): number {
  const length = page.reduce((sum, { json }) => sum + json.length, 0);
  return Math.max(1, Math.min(LARGEST_PAGE, Math.floor((page.length * PAGE_LENGTH) / Math.max(1, length))));
}
