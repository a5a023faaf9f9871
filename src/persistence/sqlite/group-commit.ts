import type { DatabaseSync } from 'node:sqlite';
import { StorageError } from '#libs/ports';
import { failpoint } from '../../observability/failpoint.js';
import { noteCommit } from '../../observability/metrics/commit-channel.js';
import { toStorageError } from './to-storage-error.js';

/** Steps in one transaction: enough to share an fsync among many, few enough to keep the event loop moving. */
const BATCH_LIMIT = 512;
/** Steps that may wait; callers bound what they accept far below, so beyond it something is stuck. */
const QUEUE_LIMIT = 100_000;

/** One atomic piece of work, its type closed over so that steps of all kinds stand in one queue. */
interface Step {
  /** Runs inside the transaction, may run again in another one; must change nothing but the database. */
  run(): void;
  /** On disk: tells the `committed` callback. */
  announce(): void;
  /** Settles the promise. */
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The only writer of the store. Steps asked for in one turn of the event loop share one transaction and one fsync.
 * Steps take effect in the order of `submit`; a step that throws takes back its own writes and nobody else's.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #onFault: (error: unknown) => void;
  #queue: Step[] = [];
  #scheduled = false;
  #closed = false;
  #refusal: string | null = null;
  /** Called when what the steps of a transaction wrote was taken back. */
  onRollback: () => void = () => undefined;

  /** `onFault` is told what `committed` callbacks throw: their step is on disk and resolves all the same. */
  constructor(db: DatabaseSync, onFault: (error: unknown) => void) {
    this.#db = db;
    this.#onFault = onFault;
  }

  /** Resolves after the commit. Rejects with `StorageError` when SQLite could not write, with the step's own error when it threw. */
  submit<Result>(work: () => Result, committed?: (result: Result) => void): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.#closed) return reject(new StorageError('the store is closed'));
      if (this.#refusal !== null) return reject(new StorageError(this.#refusal));
      if (this.#queue.length >= QUEUE_LIMIT) return reject(new StorageError('too many writes are waiting'));
      let result: Result;
      this.#queue.push({
        run: () => {
          result = work();
        },
        announce: () => committed?.(result),
        resolve: () => resolve(result),
        reject,
      });
      this.#schedule();
    });
  }

  /** From now on takes nothing more, for this reason. */
  refuse(reason: string): void {
    this.#refusal = reason;
  }

  /** Writes what waits, then takes nothing more. */
  close(): void {
    this.#closed = true;
    while (this.#queue.length > 0) this.#flush();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#queue.length === 0) return;
    const batch = this.#queue.length <= BATCH_LIMIT ? this.#queue : this.#queue.slice(0, BATCH_LIMIT);
    this.#queue = this.#queue.length <= BATCH_LIMIT ? [] : this.#queue.slice(BATCH_LIMIT);
    if (this.#queue.length > 0) this.#schedule();
    const written = this.#write(batch);
    for (const step of written) {
      try {
        step.announce();
      } catch (error) {
        this.#onFault(error);
      }
    }
    for (const step of written) step.resolve();
  }

  /** The steps that are on disk now; the others have been rejected. */
  #write(batch: readonly Step[]): readonly Step[] {
    const outcome = this.#transaction(batch);
    if (outcome === 'committed') return batch;
    if (outcome.stage === 'step' && batch.length > 1) return batch.flatMap((step) => this.#write([step]));
    const reason = toStorageError(outcome.error);
    for (const step of batch) step.reject(reason);
    return [];
  }

  #transaction(steps: readonly Step[]): 'committed' | { stage: 'step' | 'commit'; error: unknown } {
    let stage: 'step' | 'commit' = 'commit';
    const since = performance.now();
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      stage = 'step';
      for (const step of steps) step.run();
      stage = 'commit';
      failpoint('commit.before');
      this.#db.exec('COMMIT');
      failpoint('commit.after');
      noteCommit(performance.now() - since, steps.length);
      return 'committed';
    } catch (error) {
      return { stage, error: this.#rollback(error) };
    }
  }

  /** SQLite itself rolls back on some faults (disk full), so there may be nothing left to take back. */
  #rollback(cause: unknown): unknown {
    this.onRollback();
    if (!this.#db.isTransaction) return cause;
    try {
      this.#db.exec('ROLLBACK');
      return cause;
    } catch (error) {
      return new AggregateError([cause, error], 'the transaction could not be rolled back');
    }
  }
}
