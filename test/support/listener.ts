import type { GatewayEvent } from '#libs/contracts';
import type { Subscriber } from '#libs/channel-sdk';
import type { EventFrame } from '#libs/ports';

/** A subscriber that keeps what it hears and lets a test wait for it. */
export class Listener implements Subscriber {
  readonly events: GatewayEvent[] = [];
  gone = false;
  #waiting: { wanted: (event: GatewayEvent) => boolean; resolve: (event: GatewayEvent) => void }[] = [];

  deliver(frame: EventFrame): void {
    const event = JSON.parse(frame.json) as GatewayEvent;
    this.events.push(event);
    this.#waiting = this.#waiting.filter(({ wanted, resolve }) => {
      if (!wanted(event)) return true;
      resolve(event);
      return false;
    });
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  /** The first event, heard already or to come, that is wanted; fails after `withinMs`. */
  heard(wanted: (event: GatewayEvent) => boolean, withinMs = 30_000): Promise<GatewayEvent> {
    const already = this.events.find(wanted);
    if (already !== undefined) return Promise.resolve(already);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not heard within ${withinMs} ms; heard: ${this.types.join(' ')}`)), withinMs);
      this.#waiting.push({
        wanted,
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event);
        },
      });
    });
  }

  get types(): string[] {
    return this.events.map((event) => event.type);
  }

  get seqs(): number[] {
    return this.events.flatMap((event) => ('seq' in event ? [event.seq] : []));
  }
}
