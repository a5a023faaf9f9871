import { Injectable } from '@nestjs/common';
import { failpoint } from '../observability/failpoint.js';
import { ChannelRegistry } from './channel-registry.js';
import { Conductor } from './conductor.js';
import { DoorsState } from './doors-state.js';
import { SessionQueue } from './session-queue.js';

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
    const putBack = () => {
      for (const running of this.conductor.running) running.stop({ kind: 'shutdown' });
    };
    if (deadline.aborted) putBack();
    else deadline.addEventListener('abort', putBack, { once: true });
    while (this.queue.running > 0) await Promise.all([...this.conductor.running].map((running) => running.ended()));
    deadline.removeEventListener('abort', putBack);
  }
}
