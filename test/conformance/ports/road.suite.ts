import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimedTurn, Lease, StoredFrame } from '#libs/ports';
import type { OpenStore, PortedStore } from './ported-store.js';
import { fact, fingerprint, parsed, scene, seqsOf, tick, upTo, type Scene } from './scene.js';

const SESSIONS = 3;
const index = fc.nat({ max: SESSIONS - 1 });

/** What may happen on the road, to one of a few sessions and to turns known by a number. */
const happening = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('accept' as const),
      session: index,
      start: fc.boolean(),
      clientId: fc.option(fc.nat({ max: 6 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('claim' as const), session: index }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('finish' as const), lease: fc.nat(), startNext: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('append' as const), lease: fc.nat(), checkpoint: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), lease: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), turn: fc.nat() }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Any interleaving of steps keeps the promises of the road. */
export function roadSuite(name: string, open: OpenStore, runs: number): void {
  describe(`The road on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    it('gives each turn one end, numbers without gaps, and keeps the order of acceptance, whatever interleaves', async () => {
      const waves = fc.array(fc.array(happening, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(waves, async (steps) => {
          const road = new Road(store, scene(store));
          await road.begin();
          for (const wave of steps) await Promise.all(wave.map((step) => road.take(step)));
          await road.settle();
          await road.check();
        }),
        { numRuns: runs },
      );
    }, 300_000);
  });
}

/** Drives a store and notes what it said. */
class Road {
  readonly #store: PortedStore;
  readonly #scene: Scene;
  readonly #sessions: string[] = [];
  readonly #leases: ClaimedTurn[] = [];
  readonly #turns: string[] = [];
  readonly #published = new Map<string, StoredFrame[]>();
  readonly #claims = new Map<string, string>();

  constructor(store: PortedStore, given: Scene) {
    this.#store = store;
    this.#scene = given;
  }

  async begin(): Promise<void> {
    for (let i = 0; i < SESSIONS; i += 1) this.#sessions.push(await this.#scene.newSession());
  }

  async take(step: Happening): Promise<void> {
    switch (step.do) {
      case 'accept':
        return this.#accept(this.#sessions[step.session] ?? '', step.start, step.clientId);
      case 'claim':
        return this.#claim(this.#sessions[step.session] ?? '');
      case 'finish':
        return this.#withLease(step.lease, (lease) => this.#finish(lease, step.startNext));
      case 'append':
        return this.#withLease(step.lease, (lease) => this.#append(lease, step.checkpoint));
      case 'release':
        return this.#withLease(step.lease, async (lease) => void (await this.#store.inbox.release(lease)));
      case 'cancel':
        return this.#cancel(step.turn);
    }
  }

  /** Runs what is still open to its end. */
  async settle(): Promise<void> {
    for (const lease of this.#leases) {
      await this.#store.inbox.finish(lease, this.#scene.end(lease), false, ({ frames }) => this.#publish(frames));
    }
    for (const sessionId of this.#sessions) {
      for (let next = await this.#claimed(sessionId); next !== null; ) {
        await this.#store.inbox.finish(next, this.#scene.end(next), false, ({ frames }) => this.#publish(frames));
        next = await this.#claimed(sessionId);
      }
    }
  }

  async check(): Promise<void> {
    for (const sessionId of this.#sessions) {
      const stored = await this.#scene.events(sessionId);
      expect(seqsOf(stored)).toEqual(upTo(stored.length));
      expect(this.#published.get(sessionId) ?? []).toEqual(stored);
      checkTurns(stored);
    }
    const open = await this.#store.inbox.openTurns(null, 10_000);
    expect(open.filter((turn) => turn.tenantId === this.#scene.tenantId)).toEqual([]);
  }

  async #accept(sessionId: string, start: boolean, clientNumber: number | null): Promise<void> {
    const clientId = clientNumber === null ? {} : { clientId: `${sessionId}-${clientNumber}`, fingerprint: fingerprint('hello') };
    const request = this.#scene.request({ sessionId, start, ...clientId });
    const outcome = await this.#store.inbox.accept(request, (committed) => {
      if (committed.kind !== 'accepted') return;
      this.#publish([...committed.frames, ...(committed.started?.frames ?? [])]);
      this.#turns.push(committed.accepted.turnId);
      if (committed.started !== null) this.#leases.push(committed.started.turn);
    });
    if (outcome.kind === 'refused') throw new Error(`refused: ${outcome.failure.code}`);
    if (request.clientId === undefined) return;
    const first = this.#claims.get(request.clientId);
    expect(outcome.kind === 'duplicate').toBe(first !== undefined);
    if (first !== undefined) expect(outcome.accepted.turnId).toBe(first);
    this.#claims.set(request.clientId, outcome.accepted.turnId);
  }

  async #claim(sessionId: string): Promise<void> {
    await this.#claimed(sessionId);
  }

  async #claimed(sessionId: string): Promise<ClaimedTurn | null> {
    const started = await this.#store.inbox.claim(sessionId, tick(), (committed) => this.#publish(committed?.frames ?? []));
    if (started !== null) this.#leases.push(started.turn);
    return started?.turn ?? null;
  }

  async #finish(lease: ClaimedTurn, startNext: boolean): Promise<void> {
    const finished = await this.#store.inbox.finish(lease, this.#scene.end(lease), startNext, ({ frames, started }) => {
      this.#publish([...frames, ...(started?.frames ?? [])]);
    });
    if (finished !== 'stale' && finished.started !== null) this.#leases.push(finished.started.turn);
  }

  async #append(lease: Lease, withCheckpoint: boolean): Promise<void> {
    const checkpoint = withCheckpoint ? { text: 'half', settled: 0 } : undefined;
    await this.#store.inbox.append(lease, [fact(lease, 'phase-changed', { phase: 'seed' })], checkpoint, (frames) => this.#publish(frames));
  }

  async #cancel(number: number): Promise<void> {
    const turnId = this.#turns[number % Math.max(1, this.#turns.length)];
    if (turnId === undefined) return;
    await this.#store.inbox.cancel({ turnId }, this.#scene.reach, this.#scene.author, tick(), (outcome) => {
      if (outcome.kind === 'ended') this.#publish(outcome.frames);
    });
  }

  async #withLease(number: number, act: (lease: ClaimedTurn) => Promise<void>): Promise<void> {
    const lease = this.#leases[number % Math.max(1, this.#leases.length)];
    if (lease !== undefined) await act(lease);
  }

  #publish(frames: readonly StoredFrame[]): void {
    for (const frame of frames) {
      const published = this.#published.get(frame.sessionId) ?? [];
      published.push(frame);
      this.#published.set(frame.sessionId, published);
    }
  }
}

/** One turn runs at a time; each begins in the order of acceptance, counts its attempts, and ends once. */
function checkTurns(stored: readonly StoredFrame[]): void {
  const waiting: string[] = [];
  const attempts = new Map<string, number>();
  let running: string | null = null;
  for (const frame of stored) {
    const turnId = frame.turnId ?? '';
    switch (frame.type) {
      case 'message-accepted':
        expect(attempts.has(turnId)).toBe(false);
        attempts.set(turnId, 0);
        waiting.push(turnId);
        break;
      case 'turn-started':
        expect([null, turnId]).toContain(running);
        expect(waiting[0]).toBe(turnId);
        attempts.set(turnId, (attempts.get(turnId) ?? 0) + 1);
        expect(parsed(frame)['attempt']).toBe(attempts.get(turnId));
        running = turnId;
        break;
      case 'turn-cancelled':
      case 'turn-completed':
        expect(waiting).toContain(turnId);
        waiting.splice(waiting.indexOf(turnId), 1);
        if (running === turnId) running = null;
        break;
      default:
        expect(running).toBe(turnId);
    }
  }
  expect(waiting).toEqual([]);
}
