/** The life of the store behind the ports. */
export abstract class StoreControl {
  /** Answers when a real read and write path works, within the caller's deadline; rejects with `StorageError` otherwise. */
  abstract probe(): Promise<void>;
  /** Why it is not known whether the store is whole, in words that anybody may read; null when nothing speaks against it. */
  abstract doubt(): string | null;
  /**
   * Writes a copy of the whole store into `file`, which must be there and empty: everything that was committed when the call began,
   * consistent, while the road goes on. Rejects with `StorageError` when there is no room. `unsupported` where the database has
   * tools of its own for this.
   */
  abstract backup(file: string): Promise<'done' | 'unsupported'>;
  /** Waits for what is being written, then closes. */
  abstract close(): Promise<void>;
}
