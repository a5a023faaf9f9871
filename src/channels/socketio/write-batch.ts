/** Something that was written to in this turn of the event loop. */
export interface Written {
  /** Lets go what was held back. */
  settle(): void;
}

/** Gathers who was written to, so that all packets of one turn of the event loop leave together. */
export class WriteBatch {
  #written: Written[] = [];

  /** Calls `settle` once at the end of this turn of the event loop. Call it once a turn. */
  add(written: Written): void {
    if (this.#written.length === 0) setImmediate(() => this.#settle());
    this.#written.push(written);
  }

  #settle(): void {
    const written = this.#written;
    this.#written = [];
    for (const one of written) one.settle();
  }
}
