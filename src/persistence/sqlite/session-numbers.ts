import type { DatabaseSync } from 'node:sqlite';
import { Query } from './query.js';

/** Numbers that one change of the store takes, so that a new session does not cost a page of its own in each commit. */
const BLOCK = 1_000;

/** Numbers for new sessions, each given out once in the life of the store. For use inside a step of the group commit only. */
export class SessionNumbers {
  readonly #take;
  #next = 0;
  #end = 0;

  constructor(db: DatabaseSync) {
    this.#take = new Query<{ next: number }>(db, `UPDATE session_numbers SET next = next + ${BLOCK} RETURNING next`);
  }

  next(): number {
    if (this.#next === this.#end) {
      const taken = this.#take.get();
      if (taken === undefined) throw new Error('the store does not know the number of its next session');
      this.#end = taken.next;
      this.#next = taken.next - BLOCK;
    }
    const number = this.#next;
    this.#next += 1;
    return number;
  }

  /** What the step took may have been taken back. */
  clear(): void {
    this.#next = this.#end;
  }
}
