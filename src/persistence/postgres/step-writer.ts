import { StorageError } from '#libs/ports';
import { noteCommit } from '../../observability/metrics/commit-channel.js';
import { isAnswer, toStorageError } from './to-storage-error.js';
import type { WriterConnection } from './writer-connection.js';

/** Steps in one transaction: enough to share a round trip and an fsync among many, few enough to keep answers coming. */
const BATCH_STEPS = 256;
const BATCH_CHARACTERS = 4_000_000;
/** Steps that may wait; callers bound what they accept far below, so beyond it something is stuck. */
const QUEUE_LIMIT = 100_000;
/** Classes of SQLSTATE (PostgreSQL, appendix A) that say one step was at fault: bad data, a constraint, a lost race, our own RAISE. */
const STEP_FAULTS = new Set(['22', '23', '40', 'P0', 'XX']);
/** Two processes met on one claim, or locked in each other's way: the same step again finds what the other one wrote. */
const LOST_RACES = new Set(['23505', '40001', '40P01']);

/** What a step asks of the database: the name under which `run_steps` knows it, and its arguments. */
export interface StepCall {
  readonly step: string;
  readonly [argument: string]: unknown;
}

/** One atomic piece of work, its types closed over so that steps of all kinds stand in one queue. */
interface Step {
  readonly json: string;
  /** Reads the answer of the database; the step is on disk by then. */
  take(answer: unknown): void;
  /** Tells the `committed` callback. */
  announce(): void;
  /** Settles the promise. */
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The only writer of the road. Steps that are asked for while a transaction is under way wait and share the next one.
 * Steps take effect in the order of `submit`; a step that fails takes back its own writes and nobody else's.
 */
export class StepWriter {
  readonly #connection: WriterConnection;
  readonly #onFault: (error: unknown) => void;
  #queue: Step[] = [];
  #writing: Promise<void> | null = null;
  #closed = false;

  /** `onFault` is told what `committed` callbacks throw: their step is on disk and resolves all the same. */
  constructor(connection: WriterConnection, onFault: (error: unknown) => void) {
    this.#connection = connection;
    this.#onFault = onFault;
  }

  /**
   * Resolves after the commit. Rejects with `StorageError` when the step did not happen, and also when the connection broke while
   * the commit was under way: then it may have happened, and the caller repeats it under the same id or lease.
   * `Answer` is the shape of what the database answers to this step; its SQL vouches for it.
   */
  submit<Answer, Result>(call: StepCall, read: (answer: Answer) => Result, committed?: (result: Result) => void): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.#closed) return reject(new StorageError('the store is closed'));
      if (this.#queue.length >= QUEUE_LIMIT) return reject(new StorageError('too many writes are waiting'));
      let result: Result;
      this.#queue.push({
        json: JSON.stringify(call),
        take: (answer) => {
          result = read(answer as Answer);
        },
        announce: () => committed?.(result),
        resolve: () => resolve(result),
        reject,
      });
      this.#writing ??= this.#write();
    });
  }

  /** Writes what waits, then takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
  }

  async #write(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) await this.#flush(this.#nextBatch());
    this.#writing = null;
  }

  #nextBatch(): readonly Step[] {
    let count = 0;
    let characters = 0;
    for (const { json } of this.#queue) {
      characters += json.length;
      if (count > 0 && (count >= BATCH_STEPS || characters > BATCH_CHARACTERS)) break;
      count += 1;
    }
    const batch = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    return batch;
  }

  async #flush(batch: readonly Step[]): Promise<void> {
    try {
      const since = performance.now();
      const answers = await this.#run(batch);
      noteCommit(performance.now() - since, batch.length);
      this.#settle(batch, answers);
    } catch (error) {
      if (batch.length > 1 && isAnswer(error) && STEP_FAULTS.has(error.code?.slice(0, 2) ?? '')) {
        for (const step of batch) await this.#flush([step]);
        return;
      }
      const reason = toStorageError(error);
      for (const step of batch) step.reject(reason);
    }
  }

  async #run(batch: readonly Step[]): Promise<readonly unknown[]> {
    const steps = `[${batch.map(({ json }) => json).join(',')}]`;
    try {
      return await this.#connection.run(steps);
    } catch (error) {
      if (batch.length > 1 || !isAnswer(error) || !LOST_RACES.has(error.code ?? '')) throw error;
      return await this.#connection.run(steps);
    }
  }

  #settle(batch: readonly Step[], answers: readonly unknown[]): void {
    for (const [index, step] of batch.entries()) step.take(answers[index]);
    for (const step of batch) {
      try {
        step.announce();
      } catch (error) {
        this.#onFault(error);
      }
    }
    for (const step of batch) step.resolve();
  }
}
