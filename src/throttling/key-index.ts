import type { CounterKey } from '#libs/ports';
import { FINGERPRINT_WORDS, KeyFingerprint } from './key-fingerprint.js';

const FIRST_CAPACITY = 4096;

/**
 * Which slot belongs to which key, in flat memory: a key costs about 24 bytes however long it is. An open table of slots, searched by the
 * first word of the key's fingerprint; the whole fingerprint stands with the slot. A key that is kept knows its slot: the table is searched
 * and the name is read only when somebody else's fingerprint, or none, stands there.
 */
export class KeyIndex {
  #size = 0;
  #table = new Uint32Array(FIRST_CAPACITY);
  // Signed, so that a word is an integer that an object holds in place.
  #marks = new Int32Array(FIRST_CAPACITY * FINGERPRINT_WORDS);
  readonly #fingerprint = new KeyFingerprint();

  get size(): number {
    return this.#size;
  }

  /** The key's slot; undefined when it has none. */
  find(key: CounterKey): number | undefined {
    return key.place >= 0 && this.#isOf(key.place, key) ? key.place : this.#search(key);
  }

  /** Gives the key a slot that nobody has; it has none yet. */
  add(key: CounterKey, slot: number): void {
    if ((this.#size + 1) * 2 > this.#table.length) this.#grow();
    this.#makeRoomFor(slot);
    this.#read(key);
    key.place = slot;
    const mark = slot * FINGERPRINT_WORDS;
    this.#marks[mark] = key.first;
    this.#marks[mark + 1] = key.second;
    this.#marks[mark + 2] = key.third;
    this.#place(slot);
    this.#size += 1;
  }

  /** True when some key has the slot. */
  has(slot: number): boolean {
    return (this.#marks[slot * FINGERPRINT_WORDS + 2] ?? 0) !== 0;
  }

  /** Takes the slot from its key. What stands behind it moves up, so that no search ends too early. */
  remove(slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = this.#wanted(slot);
    while (table[hole] !== slot + 1) hole = (hole + 1) & mask;
    for (let place = (hole + 1) & mask; table[place] !== 0; place = (place + 1) & mask) {
      const other = table[place] ?? 0;
      const fromWanted = (place - this.#wanted(other - 1)) & mask;
      if (fromWanted < ((place - hole) & mask)) continue;
      table[hole] = other;
      hole = place;
    }
    table[hole] = 0;
    this.#marks.fill(0, slot * FINGERPRINT_WORDS, (slot + 1) * FINGERPRINT_WORDS);
    this.#size -= 1;
  }

  #isOf(slot: number, { first, second, third }: CounterKey): boolean {
    const mark = slot * FINGERPRINT_WORDS;
    return this.#marks[mark] === first && this.#marks[mark + 1] === second && this.#marks[mark + 2] === third;
  }

  #search(key: CounterKey): number | undefined {
    this.#read(key);
    const mask = this.#table.length - 1;
    for (let place = key.first & mask; ; place = (place + 1) & mask) {
      const slot = (this.#table[place] ?? 0) - 1;
      if (slot < 0) return undefined;
      if (!this.#isOf(slot, key)) continue;
      key.place = slot;
      return slot;
    }
  }

  #read(key: CounterKey): void {
    this.#fingerprint.read(key.name);
    key.first = this.#fingerprint.first;
    key.second = this.#fingerprint.second;
    key.third = this.#fingerprint.third;
  }

  #wanted(slot: number): number {
    return (this.#marks[slot * FINGERPRINT_WORDS] ?? 0) & (this.#table.length - 1);
  }

  #place(slot: number): void {
    const mask = this.#table.length - 1;
    let place = this.#wanted(slot);
    while (this.#table[place] !== 0) place = (place + 1) & mask;
    this.#table[place] = slot + 1;
  }

  #grow(): void {
    const before = this.#table;
    this.#table = new Uint32Array(before.length * 2);
    for (const entry of before) if (entry !== 0) this.#place(entry - 1);
  }

  #makeRoomFor(slot: number): void {
    if ((slot + 1) * FINGERPRINT_WORDS <= this.#marks.length) return;
    const wider = new Int32Array(this.#marks.length * 2);
    wider.set(this.#marks);
    this.#marks = wider;
  }
}
