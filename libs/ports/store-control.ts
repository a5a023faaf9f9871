/** The life of the store behind the ports. */
export abstract class StoreControl {
  /** Answers when a real read and write path works, within the caller's deadline; rejects with `StorageError` otherwise. */
  abstract probe(): Promise<void>;
  /** Waits for what is being written, then closes. */
  abstract close(): Promise<void>;
}
