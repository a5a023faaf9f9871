const REMEMBERED = 4096;

/** What was heard of one session: so that each stored event is given on once, and a join goes on where the last one stopped. */
export class SessionCursor {
  joined = false;
  /** All stored events up to here were heard since the join. */
  after = 0;
  readonly #heard = new Set<number>();

  join(after: number): void {
    this.joined = true;
    this.after = after;
    this.#advance();
  }

  /** False when this `seq` was heard before. Remembers the last 4,096. */
  hear(seq: number): boolean {
    if ((this.joined && seq <= this.after) || this.#heard.has(seq)) return false;
    this.#heard.add(seq);
    if (this.#heard.size > REMEMBERED) this.#heard.delete(this.#heard.values().next().value ?? seq);
    if (this.joined) this.#advance();
    return true;
  }

  #advance(): void {
    while (this.#heard.delete(this.after + 1)) this.after += 1;
  }
}
