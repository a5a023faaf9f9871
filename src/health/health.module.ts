import { Module, type OnModuleInit } from '@nestjs/common';
import { StoreControl } from '#libs/ports';
import { Config } from '../config/config.js';
import { SessionQueue } from '../gateway/session-queue.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

@Module({ controllers: [HealthController], providers: [Readiness] })
export class HealthModule implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly readiness: Readiness,
    private readonly store: StoreControl,
    private readonly queue: SessionQueue,
    private readonly lifecycle: Lifecycle,
  ) {}

  onModuleInit(): void {
    this.readiness.register({ name: 'database', weight: 'critical', everyMs: 1000, check: () => this.store.probe().then(() => null) });
    this.readiness.register({ name: 'shutdown', weight: 'critical', everyMs: 0, check: () => (this.lifecycle.shuttingDown ? 'shutting down' : null) });
    this.readiness.register({
      name: 'inbox',
      weight: 'degrading',
      everyMs: 0,
      check: () => (this.queue.queued >= this.config.settings.INBOX_LIMIT ? 'the inbox is full' : null),
    });
  }
}
