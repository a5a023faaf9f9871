import { Injectable } from '@nestjs/common';
import { ChannelRegistry } from './channel-registry.js';
import { OutboxWorker } from './outbox-worker.js';
import { Recovery } from './recovery.js';
import { SessionQueue } from './session-queue.js';

/** How the gateway begins to work, step by step: at a start, or later where a start kept the doors closed. */
@Injectable()
export class Opening {
  constructor(
    private readonly recovery: Recovery,
    private readonly channels: ChannelRegistry,
    private readonly queue: SessionQueue,
    private readonly outbox: OutboxWorker,
  ) {}

  /** What an earlier process left behind waits again; nothing runs yet. */
  async takeUp(): Promise<void> {
    await this.recovery.run();
  }

  startChannels(): Promise<void> {
    return this.channels.startAll();
  }

  /** Turns run and deliveries go out. */
  async begin(): Promise<void> {
    this.queue.resume();
    this.outbox.start();
    await this.recovery.completeDeletions();
  }
}
