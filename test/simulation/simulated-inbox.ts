import {
  Inbox,
  StorageError,
  type AcceptOutcome,
  type AcceptRequest,
  type CancelOutcome,
  type Checkpoint,
  type Fact,
  type Finished,
  type Lease,
  type OpenTurn,
  type Reach,
  type Stale,
  type Started,
  type StoredFrame,
  type TurnEnd,
} from '#libs/ports';
import type { Author } from '#libs/contracts';
import type { SimulatedTime } from './simulated-time.js';

/**
 * How a process that uses the store fares. A `killed` one does nothing more. A `stalled` one sleeps and wakes late: the store is another's by
 * then, so that it takes no new work, but what it writes for turns it held arrives.
 */
export type Fate = 'alive' | 'killed' | 'stalled';

/** `answer lost`: the step happened, and nobody is told. */
export type Fault = 'not written' | 'answer lost';

interface Step {
  run(tell: boolean): void;
  fail(): void;
}

const SLOWEST_MS = 8;

/** The way of one process to a store that outlives it: steps take their time, in order; some fail; when the process dies, some are on disk and nobody was told. */
export class SimulatedInbox extends Inbox {
  #fate: Fate = 'alive';
  #steps: Step[] = [];
  #freeAt = 0;

  constructor(
    private readonly store: Inbox,
    private readonly time: SimulatedTime,
    private readonly random: () => number,
    /** Share of steps that fail, and how. */
    private readonly faults: { readonly share: number; readonly kind: Fault },
    private readonly onFault: () => void,
  ) {
    super();
  }

  get fate(): Fate {
    return this.#fate;
  }

  /** From here on the process is dead, or sleeps. */
  meets(fate: 'killed' | 'stalled', wakesAfterMs: number): void {
    this.#fate = fate;
    if (fate === 'stalled') {
      this.#freeAt = this.time.now + wakesAfterMs;
      return;
    }
    const landed = this.#steps.slice(0, Math.floor(this.random() * (this.#steps.length + 1)));
    this.#steps = [];
    for (const step of landed) step.run(false);
  }

  override accept(request: AcceptRequest, committed?: (outcome: AcceptOutcome) => void): Promise<AcceptOutcome> {
    return this.#newWork((told) => this.store.accept(request, told), committed);
  }

  override claim(sessionId: string, at: number, committed?: (started: Started | null) => void, agent?: string): Promise<Started | null> {
    return this.#newWork((told) => this.store.claim(sessionId, at, told, agent), committed);
  }

  override waitingAgent(sessionId: string): Promise<string | null> {
    return this.store.waitingAgent(sessionId);
  }

  override append(lease: Lease, facts: readonly Fact[], checkpoint?: Checkpoint, committed?: (frames: readonly StoredFrame[]) => void): Promise<readonly StoredFrame[] | Stale> {
    return this.#step<readonly StoredFrame[] | Stale, readonly StoredFrame[]>((told) => this.store.append(lease, facts, checkpoint, told), committed);
  }

  override checkpoint(lease: Lease, checkpoint: Checkpoint): Promise<boolean> {
    return this.#step(() => this.store.checkpoint(lease, checkpoint));
  }

  override finish(lease: Lease, end: TurnEnd, startNext: boolean, committed?: (finished: Finished) => void): Promise<Finished | Stale> {
    return this.#step<Finished | Stale, Finished>((told) => this.store.finish(lease, end, startNext && this.#fate === 'alive', told), committed);
  }

  override release(lease: Lease): Promise<boolean> {
    return this.#step(() => this.store.release(lease));
  }

  override cancel(
    target: { readonly turnId: string } | { readonly messageId: string },
    reach: Reach,
    by: Author,
    at: number,
    committed?: (outcome: CancelOutcome) => void,
  ): Promise<CancelOutcome> {
    return this.#newWork((told) => this.store.cancel(target, reach, by, at, told), committed);
  }

  override openTurns(afterTurnId: string | null, limit: number): Promise<readonly OpenTurn[]> {
    return this.#step(() => this.store.openTurns(afterTurnId, limit));
  }

  #newWork<Result>(work: (told: ((told: Result) => void) | undefined) => Promise<Result>, committed?: (told: Result) => void): Promise<Result> {
    const held = (): Promise<Result> => Promise.reject(new StorageError('the store is held by another process'));
    return this.#step((told) => (this.#fate === 'stalled' ? held() : work(told)), committed);
  }

  #step<Result, Told = Result>(work: (told: ((told: Told) => void) | undefined) => Promise<Result>, committed?: (told: Told) => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      const lot = this.random();
      const failure = lot >= this.faults.share ? null : this.faults.kind;
      const step: Step = {
        run: (tell) => {
          void work(tell && failure === null ? committed : undefined).then((result) => {
            if (!tell) return;
            this.time.at(this.time.now + this.random() * 2, () => {
              if (this.#fate === 'killed') return;
              if (failure === null) return resolve(result);
              this.onFault();
              reject(new StorageError(failure));
            });
          }, reject);
        },
        fail: () => {
          this.onFault();
          reject(new StorageError('not written'));
        },
      };
      this.#steps.push(step);
      this.#freeAt = Math.max(this.#freeAt, this.time.now) + this.random() * SLOWEST_MS;
      this.#schedule(step, failure);
    });
  }

  #schedule(step: Step, failure: Fault | null): void {
    this.time.at(this.#freeAt, () => {
      if (this.#fate === 'killed') return;
      if (this.#fate === 'stalled' && this.time.now < this.#freeAt) return this.#schedule(step, failure);
      this.#steps = this.#steps.filter((waiting) => waiting !== step);
      if (failure === 'not written') step.fail();
      else step.run(true);
    });
  }
}
