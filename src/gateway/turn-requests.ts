import { Injectable } from '@nestjs/common';

/** Far more turns than may be open at once; only ends that nobody told of ever fill it. */
const MAX_KEPT = 100_000;

/**
 * Under which request id each open turn was asked for, so that the line of one that never ran can be found by it: of those that were accepted here and
 * of those that the start found. Keeps the 100,000 newest.
 */
@Injectable()
export class TurnRequests {
  readonly #ids = new Map<string, string>();

  keep(turnId: string, requestId: string): void {
    const [oldest] = this.#ids.size >= MAX_KEPT ? this.#ids.keys() : [];
    if (oldest !== undefined) this.#ids.delete(oldest);
    this.#ids.set(turnId, requestId);
  }

  of(turnId: string): string | undefined {
    return this.#ids.get(turnId);
  }

  /** The turn has its end. */
  forget(turnId: string): void {
    this.#ids.delete(turnId);
  }
}
