import type { GatewayEvent } from '#libs/contracts';
import type { Watcher, WatchFrame } from '#libs/channel-sdk';
import type { ControlEvents } from '#libs/ports';
import type { Log } from '../../observability/log.js';
import { toControlEvent } from '../events/event-feed.js';
import type { Summaries } from './summaries.js';

/** Events that are read at a time. */
const PAGE = 200;

/** A tenant that somebody watches: what is shown is made once, however many watch. */
export class WatchedTenant {
  /** By watcher, the last event that it is not shown; null for those who are shown none. */
  readonly #watchers = new Map<Watcher, number | null>();
  #counting = false;
  #reading = false;
  #news = false;
  /** The last event that was read for those who watch. */
  #seen = 0;

  constructor(
    readonly tenantId: string,
    private readonly summaries: Summaries,
    private readonly events: ControlEvents,
    private readonly log: Log,
  ) {}

  get empty(): boolean {
    return this.#watchers.size === 0;
  }

  /** `after`: the last event that the watcher is not shown; null shows it none. */
  add(watcher: Watcher, after: number | null): void {
    const alone = ![...this.#watchers.values()].some((known) => known !== null);
    this.#watchers.set(watcher, after);
    if (after === null) return;
    this.#seen = alone ? after : Math.min(this.#seen, after);
    this.news();
  }

  remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** Shows how it stands now. A count that takes longer than its time is waited for, not started again. */
  tick(): void {
    if (this.#counting) return;
    this.#counting = true;
    this.summaries
      .fresh(this.tenantId)
      .then((summary) => this.#show({ type: 'summary-updated', at: summary.at, summary }))
      .catch((error: unknown) => this.log.warn('the summary could not be counted for operators', { error }))
      .finally(() => (this.#counting = false));
  }

  /** There may be events that were not shown yet. */
  news(): void {
    this.#news = true;
    if (this.#reading || ![...this.#watchers.values()].some((after) => after !== null)) return;
    this.#reading = true;
    this.#read()
      .catch((error: unknown) => this.log.warn('events could not be read for operators', { error }))
      .finally(() => {
        this.#reading = false;
        // What was told between the last look and here.
        if (this.#news) this.news();
      });
  }

  async #read(): Promise<void> {
    while (this.#news) {
      this.#news = false;
      const from = this.#seen;
      const page = await this.events.after(this.tenantId, from, PAGE);
      if (this.#seen < from) continue;
      for (const stored of page) {
        this.#seen = stored.seq;
        const event = toControlEvent(stored);
        const frame = toFrame({ type: 'gateway-event', at: event.at, event });
        for (const [watcher, after] of this.#watchers) {
          if (after === null || stored.seq <= after) continue;
          this.#watchers.set(watcher, stored.seq);
          watcher.show(frame);
        }
      }
      if (page.length === PAGE) this.#news = true;
    }
  }

  #show(event: GatewayEvent<'summary-updated'>): void {
    const frame = toFrame(event);
    for (const watcher of this.#watchers.keys()) watcher.show(frame);
  }
}

function toFrame(event: GatewayEvent<'summary-updated' | 'gateway-event'>): WatchFrame {
  return { type: event.type, json: JSON.stringify(event) };
}
