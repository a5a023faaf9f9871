/** What may wait unsent for all readers together, in bytes. */
const MAX_BYTES = 16 * 1024 * 1024;
/** For a moment it may be this much, so that many who come back at once are not taken for slow ones. */
const MAX_AT_ONCE_BYTES = 64 * 1024 * 1024;
/** A reader may be behind for this long, in milliseconds, whatever waits for the others. */
const MOMENT_MS = 1000;
/** Cutting readers for whom less than this waits frees next to nothing. */
const WORTH_BYTES = 4096;

/** A reader for whom something waits. */
export interface UnsentReader {
  /** Steady milliseconds; since when something waits, as far as was noted. */
  readonly behindSince: number | null;
  /** Bytes that wait now. */
  unsent(): number;
  cut(): void;
}

/**
 * Bounds what waits unsent over all readers of one process: beyond 16 MiB those who have been behind longest are cut, beyond
 * 64 MiB also those who are behind only for a moment.
 */
export class UnsentBudget {
  #total = 0;
  /** In the order in which they fell behind. */
  readonly #unsent = new Map<UnsentReader, number>();

  /** Bytes, as far as was noted. */
  get total(): number {
    return this.#total;
  }

  /** Says what waits for the reader now, in bytes; 0 when it has caught up or is gone. */
  note(reader: UnsentReader, bytes: number, now: number): void {
    this.#set(reader, bytes);
    if (this.#total > MAX_BYTES) this.#makeRoom(now);
  }

  #set(reader: UnsentReader, bytes: number): void {
    this.#total += bytes - (this.#unsent.get(reader) ?? 0);
    if (bytes === 0) this.#unsent.delete(reader);
    else this.#unsent.set(reader, bytes);
  }

  #makeRoom(now: number): void {
    for (const reader of this.#unsent.keys()) {
      const bytes = reader.unsent();
      this.#set(reader, bytes);
      if (this.#total <= MAX_BYTES) return;
      if (bytes < WORTH_BYTES) continue;
      if (now - (reader.behindSince ?? now) < MOMENT_MS && this.#total <= MAX_AT_ONCE_BYTES) return;
      this.#set(reader, 0);
      reader.cut();
    }
  }
}
