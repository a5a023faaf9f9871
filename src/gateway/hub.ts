import { Injectable } from '@nestjs/common';
import type { Subscriber } from '#libs/channel-sdk';
import type { EventFrame } from '#libs/ports';
import { Subscription } from './subscription.js';

/** Who in this process listens to which session. */
@Injectable()
export class Hub {
  readonly #bySession = new Map<string, Map<Subscriber, Subscription>>();
  readonly #bySubscriber = new Map<Subscriber, Map<string, Subscription>>();
  /** Brings a subscription up to now from the store, as soon as that answers; set once by who can read it. */
  catchUp: (subscription: Subscription) => void = () => undefined;

  /** The subscriber's subscription to the session, made when there was none. */
  subscribe(subscriber: Subscriber, sessionId: string): Subscription {
    const known = this.#bySubscriber.get(subscriber)?.get(sessionId);
    if (known !== undefined) return known;
    for (const other of this.#bySubscriber.get(subscriber)?.values() ?? []) if (other.idle) this.remove(other);
    const subscription = new Subscription(subscriber, sessionId);
    let own = this.#bySubscriber.get(subscriber);
    if (own === undefined) this.#bySubscriber.set(subscriber, (own = new Map<string, Subscription>()));
    let listening = this.#bySession.get(sessionId);
    if (listening === undefined) this.#bySession.set(sessionId, (listening = new Map<Subscriber, Subscription>()));
    own.set(sessionId, subscription);
    listening.set(subscriber, subscription);
    return subscription;
  }

  /** Undefined when the subscriber hears nothing of the session. */
  find(subscriber: Subscriber, sessionId: string): Subscription | undefined {
    const subscription = this.#bySubscriber.get(subscriber)?.get(sessionId);
    return subscription?.idle === true ? undefined : subscription;
  }

  /** How many sessions the subscriber hears something of. */
  sessionsOf(subscriber: Subscriber): number {
    return this.#count(subscriber, (subscription) => !subscription.idle);
  }

  /** How many sessions the subscriber has joined. */
  joinedBy(subscriber: Subscriber): number {
    return this.#count(subscriber, (subscription) => subscription.joined);
  }

  /** True when an event of the session would reach anybody. */
  hears(sessionId: string): boolean {
    for (const subscription of this.#bySession.get(sessionId)?.values() ?? []) if (!subscription.idle) return true;
    return false;
  }

  publish(frame: EventFrame): void {
    const subscriptions = this.#bySession.get(frame.sessionId);
    if (subscriptions === undefined) return;
    for (const subscription of subscriptions.values()) {
      if (subscription.idle) continue;
      if (!subscription.take(frame)) this.catchUp(subscription);
      if (subscription.idle) this.#rest(subscription);
    }
  }

  /** Something may be stored in the session that was never told: whoever listens is told what the store holds. */
  doubt(sessionId: string): void {
    for (const subscription of this.#bySession.get(sessionId)?.values() ?? []) if (!subscription.idle) this.catchUp(subscription);
  }

  remove(subscription: Subscription): void {
    const { subscriber, sessionId } = subscription;
    const own = this.#bySubscriber.get(subscriber);
    if (own?.get(sessionId) !== subscription) return;
    own.delete(sessionId);
    if (own.size === 0) this.#bySubscriber.delete(subscriber);
    const listening = this.#bySession.get(sessionId);
    listening?.delete(subscriber);
    if (listening?.size === 0) this.#bySession.delete(sessionId);
  }

  /** Forgets everything of a subscriber that is gone. */
  forget(subscriber: Subscriber): void {
    for (const subscription of this.#bySubscriber.get(subscriber)?.values() ?? []) this.remove(subscription);
  }

  /** Forgets everybody who listens to a session that is gone. */
  forgetSession(sessionId: string): void {
    for (const subscription of this.#bySession.get(sessionId)?.values() ?? []) this.remove(subscription);
  }

  /** The only subscription of a subscriber stays when its turn has ended: most who talk go on in the same session, and each turn would make it anew. */
  #rest(subscription: Subscription): void {
    if (subscription.subscriber.gone || this.#bySubscriber.get(subscription.subscriber)?.size !== 1) this.remove(subscription);
  }

  #count(subscriber: Subscriber, counts: (subscription: Subscription) => boolean): number {
    let count = 0;
    for (const subscription of this.#bySubscriber.get(subscriber)?.values() ?? []) if (counts(subscription)) count += 1;
    return count;
  }
}
