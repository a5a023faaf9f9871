import { v7 as newId } from 'uuid';
import { afterEach, describe, expect, it } from 'vitest';
import { OutwardChannel, type Address, type ChannelCounters, type DeliveryResult, type Outcome } from '#libs/channel-sdk';
import { failure } from '#libs/contracts';
import { MAX_DELIVERY_ATTEMPTS } from '#libs/policy';
import { Clock, NO_SPAN, NO_TRACING, Tracing, type DeliveryRecord, type NewDelivery, type Outbox } from '#libs/ports';
import { readConfig } from '../../src/config/config.js';
import { ChannelRegistry } from '../../src/gateway/channel-registry.js';
import { DeliverySpans } from '../../src/gateway/delivery-spans.js';
import { DoorsState } from '../../src/gateway/doors-state.js';
import { OutboxWorker } from '../../src/gateway/outbox-worker.js';
import { Log } from '../../src/observability/log.js';
import { openMemoryStore } from '../../src/persistence/memory/memory-store.js';
import { openPostgresStore } from '../../src/persistence/postgres/postgres-store.js';
import { freshDatabase, postgresUrl } from '../support/postgres.js';
import { eventually } from './eventually.js';

const DAY_MS = 86_400_000;
/** Of a delivery that a worker has taken. */
const LEASE_MS = 15_000;
const TENANT = 'default';

class SetClock extends Clock {
  at = 1_700_000_000_000;

  override now(): number {
    return this.at;
  }
}

/** An outward channel that answers as it is told, and keeps what it was given. */
class TestChannel extends OutwardChannel {
  readonly name = 'test';
  readonly delivery = 'at-least-once';
  readonly given: DeliveryRecord[] = [];
  underWay = 0;
  mostUnderWay = 0;

  constructor(private readonly answer: (delivery: DeliveryRecord, signal: AbortSignal) => Promise<DeliveryResult>) {
    super();
  }

  override async deliver(delivery: DeliveryRecord, signal: AbortSignal): Promise<DeliveryResult> {
    this.given.push(delivery);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      return await this.answer(delivery, signal);
    } finally {
      this.underWay -= 1;
    }
  }

  override async address(): Promise<Outcome<Address>> {
    return { ok: false, failure: failure('conflict', 'not asked for here') };
  }

  override start(): void {}
  override async stop(): Promise<void> {}
  override announceDrain(): void {}

  override counters(): ChannelCounters {
    return { connections: this.underWay, messagesIn: 0, eventsOut: 0 };
  }
}

/** Tracing with a fault in its first span. */
class FaultyTracing extends Tracing {
  readonly on = true;
  faults = 0;

  override begin() {
    this.faults += 1;
    if (this.faults === 1) throw new TypeError('a fault');
    return NO_SPAN;
  }

  override unrecorded(): null {
    return null;
  }

  override async flush(): Promise<void> {}
}

const tidyUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const tidyUp of tidyUps.splice(0).reverse()) await tidyUp();
});

async function startWorker(outbox: Outbox, channel: OutwardChannel, clock: Clock, tracing = NO_TRACING): Promise<OutboxWorker> {
  const registry = new ChannelRegistry(clock, new DoorsState());
  registry.register(channel);
  await registry.startAll();
  const spans = new DeliverySpans(tracing, openMemoryStore(() => undefined).history);
  const worker = new OutboxWorker(clock, outbox, registry, spans, new Log(readConfig({ LOG_LEVEL: 'silent' })));
  worker.start();
  tidyUps.push(() => worker.stop(AbortSignal.timeout(1000)));
  return worker;
}

function newDelivery(at: number, more: Partial<NewDelivery> = {}): NewDelivery {
  const rest = { tenantId: TENANT, channel: 'test', fingerprint: 'f', target: 'one', to: 'https://receiver.test/', payload: '{}', requestId: null };
  return { id: newId(), key: newId(), ...rest, at, ...more };
}

const DELIVERED: DeliveryResult = { kind: 'delivered' };
const FAILED: DeliveryResult = { kind: 'failed', reason: 'the receiver answered HTTP 500', retryAfterMs: null };

describe('the outbox worker', () => {
  it('gives a delivery up after its last attempt, says why, and counts what it did', async () => {
    const [clock, { outbox }] = [new SetClock(), openMemoryStore(() => undefined)];
    const delivery = newDelivery(clock.now());
    await outbox.enqueue(delivery);
    const channel = new TestChannel(async () => FAILED);
    const worker = await startWorker(outbox, channel, clock);
    const find = () => outbox.find(delivery.id, TENANT);
    for (let attempt = 1; attempt < MAX_DELIVERY_ATTEMPTS; attempt += 1) {
      await eventually(find, (found) => found?.state === 'pending' && found.attempts === attempt);
      clock.at += DAY_MS;
      worker.wake();
    }
    const dead = await eventually(find, (found) => found?.state === 'dead');
    expect(dead).toMatchObject({ attempts: 12, reason: 'the receiver answered HTTP 500 (gave up after 12 attempts)' });
    expect(new Set(channel.given.map(({ id }) => id))).toEqual(new Set([delivery.id]));
    expect(worker.counters).toEqual({ delivered: 0, retried: 11, dead: 1, underWay: 0 });
    await outbox.redrive(delivery.id, TENANT, clock.now());
    worker.wake();
    await eventually(find, (found) => found?.state === 'pending' && found.attempts === 1);
  });

  it('lets a receiver that does not answer keep few, so that others do not wait for it', async () => {
    const [clock, { outbox }] = [new SetClock(), openMemoryStore(() => undefined)];
    for (let i = 0; i < 100; i += 1) await outbox.enqueue(newDelivery(clock.now(), { target: 'stuck' }));
    const others = Array.from({ length: 20 }, () => newDelivery(clock.now() + 1, { target: newId() }));
    for (const delivery of others) await outbox.enqueue(delivery);
    clock.at += 2;
    const stuck = (signal: AbortSignal) => new Promise<DeliveryResult>((resolve) => signal.addEventListener('abort', () => resolve(FAILED)));
    const channel = new TestChannel((delivery, signal) => (delivery.target === 'stuck' ? stuck(signal) : Promise.resolve(DELIVERED)));
    const worker = await startWorker(outbox, channel, clock);
    await eventually(async () => worker.counters, ({ delivered }) => delivered === others.length);
    expect(channel.given.filter(({ target }) => target === 'stuck')).toHaveLength(4);
  });

  it('survives a fault of its own: the delivery is tried again when its lease ends', async () => {
    const [clock, { outbox }] = [new SetClock(), openMemoryStore(() => undefined)];
    const delivery = newDelivery(clock.now());
    await outbox.enqueue(delivery);
    const tracing = new FaultyTracing();
    const worker = await startWorker(outbox, new TestChannel(async () => DELIVERED), clock, tracing);
    await eventually(async () => worker.counters.underWay, (underWay) => tracing.faults === 1 && underWay === 0);
    clock.at += LEASE_MS;
    worker.wake();
    expect(await eventually(() => outbox.find(delivery.id, TENANT), (found) => found?.state === 'delivered')).toMatchObject({ attempts: 2 });
  });

  it('survives a channel that throws, and reasons with characters no store takes', async () => {
    const [clock, { outbox }] = [new SetClock(), openMemoryStore(() => undefined)];
    const [throwing, odd] = [newDelivery(clock.now(), { target: 'a' }), newDelivery(clock.now(), { target: 'b' })];
    await outbox.enqueue(throwing);
    await outbox.enqueue(odd);
    const channel = new TestChannel(async ({ target }) => {
      if (target === 'a') throw new Error('a fault');
      return { kind: 'refused', reason: `\0\ud800${'x'.repeat(1000)}` };
    });
    await startWorker(outbox, channel, clock);
    const failed = await eventually(() => outbox.find(throwing.id, TENANT), (found) => found?.state === 'pending' && found.reason !== null);
    expect(failed?.reason).toBe('the channel failed unexpectedly');
    const refused = await eventually(() => outbox.find(odd.id, TENANT), (found) => found?.state === 'dead');
    expect(refused?.reason).toBe(`\ufffd${'x'.repeat(299)}`);
  });

  it('has what is under way tried again by the next process when it is stopped', async () => {
    const [clock, { outbox }] = [new SetClock(), openMemoryStore(() => undefined)];
    const delivery = newDelivery(clock.now());
    await outbox.enqueue(delivery);
    const stuck = new TestChannel((_delivery, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(FAILED))));
    const first = await startWorker(outbox, stuck, clock);
    await eventually(async () => stuck.given.length, (count) => count === 1);
    await first.stop(AbortSignal.timeout(50));
    expect(await outbox.find(delivery.id, TENANT)).toMatchObject({ state: 'pending', attempts: 1 });
    clock.at += 5_000;
    const second = new TestChannel(async () => DELIVERED);
    await startWorker(outbox, second, clock);
    await eventually(() => outbox.find(delivery.id, TENANT), (found) => found?.state === 'delivered');
    expect(second.given.map(({ id }) => id)).toEqual([delivery.id]);
  });
});

const server = await postgresUrl();
if (server === null && process.env['PARLEY_REQUIRE_POSTGRES'] === '1') throw new Error('no PostgreSQL server, and it is required here');

describe.runIf(server !== null)('two workers on one PostgreSQL', () => {
  it('never try one delivery both at once, and deliver each exactly once', async () => {
    const database = await freshDatabase(server ?? '');
    tidyUps.push(() => database.drop());
    const stores = await Promise.all([1, 2].map(() => openPostgresStore({ url: database.url, exclusive: false, onFault: () => undefined })));
    for (const store of stores) tidyUps.push(() => store.control.close());
    const [one, two] = stores;
    if (one === undefined || two === undefined) throw new Error('expected two stores');
    const clock = new SetClock();
    const deliveries = Array.from({ length: 200 }, (_, index) => newDelivery(clock.now(), { target: `target-${index % 20}` }));
    for (const delivery of deliveries) await one.outbox.enqueue(delivery);
    // Neither goes on before the other has begun: a quick one would have it all.
    const begun = new Set<number>();
    const bothBegan = Promise.withResolvers<void>();
    const deliver = async (worker: number): Promise<DeliveryResult> => {
      if (begun.add(worker).size === 2) bothBegan.resolve();
      await bothBegan.promise;
      return new Promise((resolve) => setImmediate(() => resolve(DELIVERED)));
    };
    const channels = [0, 1].map((worker) => new TestChannel(() => deliver(worker)));
    const workers = await Promise.all(channels.map((channel, index) => startWorker((index === 0 ? one : two).outbox, channel, clock)));
    const delivered = () => workers.reduce((sum, { counters }) => sum + counters.delivered, 0);
    await eventually(async () => delivered(), (count) => count === deliveries.length, 60_000);
    const given = channels.flatMap((channel) => channel.given.map(({ id }) => id));
    expect(given.toSorted()).toEqual(deliveries.map(({ id }) => id).toSorted());
    for (const channel of channels) expect(channel.given.length).toBeGreaterThan(0);
  });
});
