interface Entry<Value> {
  readonly id: string;
  readonly value: Value;
  next: Entry<Value> | null;
}

const FEWEST_CHAINS = 64;
/** The last characters of a UUIDv7 are random. */
const HASHED_CHARACTERS = 6;

/**
 * What stands under an id of ours for a short while, such as turns while they run. Holds as much memory as it held at most.
 *
 * A `Map` in which entries come and go makes itself a new table again and again, and in V8 an outgrown table that is old keeps its
 * successor: what had long gone was copied at each collection, which was a twentieth of the CPU of a turn.
 */
export class IdMap<Value> {
  #chains: (Entry<Value> | null)[] = emptyChains(FEWEST_CHAINS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: string): Value | undefined {
    return this.#find(id)?.value;
  }

  has(id: string): boolean {
    return this.#find(id) !== null;
  }

  set(id: string, value: Value): void {
    this.delete(id);
    if (this.#size === this.#chains.length) this.#grow();
    this.#add({ id, value, next: null });
    this.#size += 1;
  }

  delete(id: string): boolean {
    const chain = chainOf(id, this.#chains.length);
    let before: Entry<Value> | null = null;
    for (let entry = this.#chains[chain] ?? null; entry !== null; before = entry, entry = entry.next) {
      if (entry.id !== id) continue;
      if (before === null) this.#chains[chain] = entry.next;
      else before.next = entry.next;
      this.#size -= 1;
      return true;
    }
    return false;
  }

  clear(): void {
    this.#chains = emptyChains(FEWEST_CHAINS);
    this.#size = 0;
  }

  /** Those of now, in no order. */
  values(): Value[] {
    const values: Value[] = [];
    for (const chain of this.#chains) for (let entry = chain; entry !== null; entry = entry.next) values.push(entry.value);
    return values;
  }

  #find(id: string): Entry<Value> | null {
    let entry = this.#chains[chainOf(id, this.#chains.length)] ?? null;
    while (entry !== null && entry.id !== id) entry = entry.next;
    return entry;
  }

  #add(entry: Entry<Value>): void {
    const chain = chainOf(entry.id, this.#chains.length);
    entry.next = this.#chains[chain] ?? null;
    this.#chains[chain] = entry;
  }

  #grow(): void {
    const outgrown = this.#chains;
    this.#chains = emptyChains(outgrown.length * 2);
    for (const chain of outgrown) {
      for (let entry = chain; entry !== null; ) {
        const { next } = entry;
        this.#add(entry);
        entry = next;
      }
    }
  }
}

/** `count` is a power of two. */
function chainOf(id: string, count: number): number {
  let hash = 0;
  for (let at = Math.max(0, id.length - HASHED_CHARACTERS); at < id.length; at += 1) hash = (Math.imul(hash, 31) + id.charCodeAt(at)) | 0;
  return hash & (count - 1);
}

function emptyChains<Value>(count: number): (Entry<Value> | null)[] {
  return new Array<Entry<Value> | null>(count).fill(null);
}
