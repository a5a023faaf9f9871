import { Module, type OnModuleInit } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { StoreControl } from '#libs/ports';
import { Config } from '../config/config.js';
import { AgentHealth } from '../gateway/agent-health.js';
import { SessionQueue } from '../gateway/session-queue.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { HealthController } from './health.controller.js';
import { ProbeIndicator } from './probe-indicator.js';
import { Readiness } from './readiness.js';

@Module({
  // A probe that fails is an answer, not an event of the log: whoever asks every second would fill it.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [ProbeIndicator, Readiness],
})
export class HealthModule implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly readiness: Readiness,
    private readonly store: StoreControl,
    private readonly queue: SessionQueue,
    private readonly lifecycle: Lifecycle,
    private readonly agents: AgentHealth,
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
    this.readiness.register({
      name: 'agents',
      weight: 'degrading',
      everyMs: 0,
      check: () => (this.agents.unhealthy > 0 ? `unhealthy: ${this.agents.unhealthy}` : null),
    });
  }
}
