import { Injectable } from '@nestjs/common';
import { failure, type Failure } from '#libs/contracts';

const STOPPED_RETRY_AFTER_MS = 5000;
const DRAINING_RETRY_AFTER_MS = 2000;

/** Which doors take newcomers: none while the gateway drains or keeps them closed, and not those that were stopped. */
@Injectable()
export class DoorsState {
  readonly #stopped = new Set<string>();
  #draining = false;
  #closed: Failure | null = null;

  closedTo(channel: string): Failure | null {
    if (this.#draining) return failure('shutting_down', 'the gateway is shutting down', { retryAfterMs: DRAINING_RETRY_AFTER_MS });
    if (this.#closed !== null) return this.#closed;
    if (this.#stopped.has(channel)) return failure('overloaded', `the channel ${channel} is stopped`, { retryAfterMs: STOPPED_RETRY_AFTER_MS });
    return null;
  }

  stopped(channel: string): void {
    this.#stopped.add(channel);
  }

  started(channel: string): void {
    this.#stopped.delete(channel);
  }

  /** Whether any door takes newcomers. */
  get areOpen(): boolean {
    return !this.#draining && this.#closed === null;
  }

  /** All doors, whatever their channels do, until `open`. */
  close(reason: Failure): void {
    this.#closed = reason;
  }

  open(): void {
    this.#closed = null;
  }

  drain(): void {
    this.#draining = true;
  }
}
