import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { failpoint } from '../observability/failpoint.js';
import { ChannelRegistry } from './channel-registry.js';
import { Conductor } from './conductor.js';
import { DoorsState } from './doors-state.js';
import { SessionQueue } from './session-queue.js';

/** A turn may still be on its way from the store to the conductor when the deadline comes, so it is looked for more than once. */
const LOOK_EVERY_MS = 50;

/** Lets the gateway run dry: nothing new comes in, what runs ends or goes back into the queue. */
@Injectable()
export class Drain {
  constructor(
    private readonly doors: DoorsState,
    private readonly registry: ChannelRegistry,
    private readonly queue: SessionQueue,
    private readonly conductor: Conductor,
  ) {}

  /** Resolves when no turn runs any more. Once `deadline` is aborted, turns that still run are put back. */
  async run(deadline: AbortSignal): Promise<void> {
    this.doors.drain();
    this.queue.pause();
    failpoint('drain.begin');
    this.registry.announceDrain();
    while (this.queue.running > 0) {
      if (deadline.aborted) this.#putBack();
      await Promise.race([this.queue.idle(), delay(LOOK_EVERY_MS)]);
    }
  }

  #putBack(): void {
    for (const running of this.conductor.running) running.stop({ kind: 'shutdown' });
  }
}
