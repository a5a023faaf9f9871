/** Work that is done one after another for each thing, at once for different ones. A thing is kept as long as work for it waits. */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Resolves as `work` does, which begins when what came before for the same thing has ended, well or not. */
  async run<Result>(thing: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(thing);
    const done = before === undefined ? work() : before.then(work, work);
    this.#last.set(thing, done);
    try {
      return await done;
    } finally {
      if (this.#last.get(thing) === done) this.#last.delete(thing);
    }
  }
}
