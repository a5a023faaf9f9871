import { Injectable } from '@nestjs/common';
import { failure, type ChannelView, type Failure } from '#libs/contracts';
import { ok, OutwardChannel, refused, type Channel, type ChannelCounters, type Outcome } from '#libs/channel-sdk';
import { Clock } from '#libs/ports';
import { DoorsState } from './doors-state.js';

const STOP_BUDGET_MS = 5000;

/** A door as the gateway's own operators see it: its counters are of all tenants. */
export type CountedChannel = ChannelView & ChannelCounters;

interface Entry {
  readonly channel: Channel;
  startedAt: number | null;
  /** Starts and stops of one channel happen one after another. */
  change: Promise<void>;
}

/** The doors of this process by name; each can be stopped and started while the gateway runs. */
@Injectable()
export class ChannelRegistry {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly clock: Clock,
    private readonly doors: DoorsState,
  ) {}

  /** Two channels of one name are a mistake of whoever wires them: throws. */
  register(channel: Channel): void {
    if (this.#entries.has(channel.name)) throw new Error(`a channel named ${channel.name} is registered already`);
    this.#entries.set(channel.name, { channel, startedAt: null, change: Promise.resolve() });
    this.doors.stopped(channel.name);
  }

  /** Stops the channel, then forgets it. */
  async unregister(name: string): Promise<void> {
    await this.stop(name);
    this.#entries.delete(name);
  }

  list(): CountedChannel[] {
    return [...this.#entries.values()].map((entry) => view(entry));
  }

  get channels(): readonly Channel[] {
    return [...this.#entries.values()].map(({ channel }) => channel);
  }

  get(name: string): CountedChannel | null {
    const entry = this.#entries.get(name);
    return entry === undefined ? null : view(entry);
  }

  /** The channel when it can send to somebody who is not connected, whether it runs or not. */
  outward(name: string): OutwardChannel | null {
    const channel = this.#entries.get(name)?.channel;
    return channel instanceof OutwardChannel ? channel : null;
  }

  /** Outward channels whose deliveries do not have to wait. */
  outwardRunning(): OutwardChannel[] {
    return [...this.#entries.values()].flatMap(({ channel, startedAt }) => (startedAt !== null && channel instanceof OutwardChannel ? [channel] : []));
  }

  /** Starting a running channel changes nothing. */
  start(name: string): Promise<Outcome<ChannelView>> {
    return this.#change(name, async (entry) => {
      if (entry.startedAt !== null) return;
      await entry.channel.start();
      entry.startedAt = this.clock.now();
      this.doors.started(name);
    });
  }

  /** Stopping a stopped channel changes nothing. What does not let go within 5 s is cut. */
  stop(name: string, reason: Failure = failure('overloaded', `the channel ${name} was stopped`)): Promise<Outcome<ChannelView>> {
    return this.#change(name, async (entry) => {
      if (entry.startedAt === null) return;
      this.doors.stopped(name);
      entry.startedAt = null;
      await entry.channel.stop(reason, AbortSignal.timeout(STOP_BUDGET_MS));
    });
  }

  async startAll(): Promise<void> {
    for (const name of this.#entries.keys()) await this.start(name);
  }

  /** All at once; `deadline` cuts what is left. */
  async stopAll(reason: Failure, deadline: AbortSignal): Promise<void> {
    await Promise.all(
      [...this.#entries.values()].map(async (entry) => {
        if (entry.startedAt === null) return;
        entry.startedAt = null;
        await entry.channel.stop(reason, deadline);
      }),
    );
  }

  announceDrain(): void {
    for (const { channel, startedAt } of this.#entries.values()) if (startedAt !== null) channel.announceDrain();
  }

  async #change(name: string, apply: (entry: Entry) => Promise<void>): Promise<Outcome<ChannelView>> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return refused(failure('not_found', 'no such channel'));
    const change = entry.change.then(() => apply(entry));
    entry.change = change.catch(() => undefined);
    await change;
    return ok(view(entry));
  }
}

function view({ channel, startedAt }: Entry): CountedChannel {
  return {
    name: channel.name,
    state: startedAt === null ? 'stopped' : 'running',
    delivery: channel.delivery,
    ...channel.counters(),
    startedAt: startedAt === null ? null : new Date(startedAt).toISOString(),
  };
}
