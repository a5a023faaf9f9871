import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock, Figures, StorageError, type DeliveryDepth } from '#libs/ports';

const NO_OFTENER_THAN_MS = 5_000;
/** A scrape waits no longer for the store; it then tells what was counted before. */
const WAIT_MS = 50;

/** How many deliveries wait in the store, counted at most every five seconds. */
@Injectable()
export class OutboxDepth {
  #last: DeliveryDepth = { waiting: 0, dead: 0 };
  #countedAt = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | null = null;

  constructor(
    private readonly figures: Figures,
    private readonly clock: Clock,
  ) {}

  async read(): Promise<DeliveryDepth> {
    if (this.clock.now() - this.#countedAt >= NO_OFTENER_THAN_MS) this.#counting ??= this.#count().finally(() => (this.#counting = null));
    if (this.#counting !== null) await Promise.race([this.#counting, delay(WAIT_MS, undefined, { ref: false })]);
    return this.#last;
  }

  async #count(): Promise<void> {
    try {
      this.#last = await this.figures.deliveries();
      this.#countedAt = this.clock.now();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  }
}
