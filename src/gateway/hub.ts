import { Injectable } from '@nestjs/common';
import type { Subscriber } from '#libs/channel-sdk';
import type { EventFrame } from '#libs/ports';
import { Subscription } from './subscription.js';

/** Who in this process listens to which session. */
@Injectable()
export class Hub {
  readonly #bySession = new Map<string, Map<Subscriber, Subscription>>();
  readonly #bySubscriber = new Map<Subscriber, Set<string>>();
  /** Brings a subscription up to now from the store, as soon as that answers; set once by who can read it. */
  catchUp: (subscription: Subscription) => void = () => undefined;

  /** The subscriber's subscription to the session, made when there was none. */
  subscribe(subscriber: Subscriber, sessionId: string): Subscription {
    let subscriptions = this.#bySession.get(sessionId);
    if (subscriptions === undefined) this.#bySession.set(sessionId, (subscriptions = new Map<Subscriber, Subscription>()));
    let subscription = subscriptions.get(subscriber);
    if (subscription === undefined) {
      subscription = new Subscription(subscriber, sessionId);
      subscriptions.set(subscriber, subscription);
      const sessions = this.#bySubscriber.get(subscriber);
      if (sessions === undefined) this.#bySubscriber.set(subscriber, new Set([sessionId]));
      else sessions.add(sessionId);
    }
    return subscription;
  }

  find(subscriber: Subscriber, sessionId: string): Subscription | undefined {
    return this.#bySession.get(sessionId)?.get(subscriber);
  }

  /** How many sessions the subscriber hears something of. */
  sessionsOf(subscriber: Subscriber): number {
    return this.#bySubscriber.get(subscriber)?.size ?? 0;
  }

  /** How many sessions the subscriber has joined. */
  joinedBy(subscriber: Subscriber): number {
    let joined = 0;
    for (const sessionId of this.#bySubscriber.get(subscriber) ?? []) if (this.find(subscriber, sessionId)?.joined === true) joined += 1;
    return joined;
  }

  /** True when an event of the session would reach anybody. */
  hears(sessionId: string): boolean {
    return this.#bySession.has(sessionId);
  }

  publish(frame: EventFrame): void {
    const subscriptions = this.#bySession.get(frame.sessionId);
    if (subscriptions === undefined) return;
    for (const subscription of subscriptions.values()) {
      if (!subscription.take(frame)) this.catchUp(subscription);
      if (subscription.idle) this.remove(subscription);
    }
  }

  /** Something may be stored in the session that was never told: whoever listens is told what the store holds. */
  doubt(sessionId: string): void {
    for (const subscription of this.#bySession.get(sessionId)?.values() ?? []) this.catchUp(subscription);
  }

  remove(subscription: Subscription): void {
    const { subscriber, sessionId } = subscription;
    const subscriptions = this.#bySession.get(sessionId);
    if (subscriptions?.get(subscriber) !== subscription) return;
    subscriptions.delete(subscriber);
    if (subscriptions.size === 0) this.#bySession.delete(sessionId);
    const sessions = this.#bySubscriber.get(subscriber);
    sessions?.delete(sessionId);
    if (sessions?.size === 0) this.#bySubscriber.delete(subscriber);
  }

  /** Forgets everything of a subscriber that is gone. */
  forget(subscriber: Subscriber): void {
    for (const sessionId of this.#bySubscriber.get(subscriber) ?? []) {
      const subscription = this.find(subscriber, sessionId);
      if (subscription !== undefined) this.remove(subscription);
    }
  }

  /** Forgets everybody who listens to a session that is gone. */
  forgetSession(sessionId: string): void {
    for (const subscription of [...(this.#bySession.get(sessionId)?.values() ?? [])]) this.remove(subscription);
  }
}
