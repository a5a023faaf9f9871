/** A queue that one reader empties by `for await`; a later loop goes on where the one before it left off. */
export class EventQueue<Item extends object> implements AsyncIterable<Item> {
  readonly #items: Item[] = [];
  #waiting: (() => void) | null = null;
  #end: { error: Error | null } | null = null;

  constructor(
    /** Called when the reader has emptied the queue. */
    private readonly emptied: () => void,
  ) {}

  get length(): number {
    return this.#items.length;
  }

  push(item: Item): void {
    if (this.#end !== null) return;
    this.#items.push(item);
    this.#wake();
  }

  /** What is in the queue is still read; then the reader is done, or `error` is thrown at it. */
  end(error: Error | null): void {
    this.#end ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) yield item;
      this.emptied();
      if (this.#end !== null) {
        if (this.#end.error !== null) throw this.#end.error;
        return;
      }
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = null;
  }
}
