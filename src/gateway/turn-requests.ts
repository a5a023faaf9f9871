import { Injectable } from '@nestjs/common';
import { IdMap } from '#libs/policy';

/** Far more turns than may be open at once; only ends that nobody told of ever fill it. */
const MAX_KEPT = 100_000;

/**
 * Under which request id each open turn was asked for, so that the line of one that never ran can be found by it: of those that were accepted here and
 * of those that the start found. When it keeps 100,000 it begins anew.
 */
@Injectable()
export class TurnRequests {
  readonly #ids = new IdMap<string>();

  keep(turnId: string, requestId: string): void {
    if (this.#ids.size >= MAX_KEPT) this.#ids.clear();
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
