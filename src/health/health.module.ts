import { Module, type OnModuleInit } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { StoreControl } from '#libs/ports';
import { Config } from '../config/config.js';
import { AgentHealth } from '../gateway/agent-health.js';
import { ChannelRegistry } from '../gateway/channel-registry.js';
import { SessionQueue } from '../gateway/session-queue.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { BackEndProbes } from './back-end-probes.js';
import { CrashLoopBreaker } from './crash-loop/crash-loop-breaker.js';
import { CrashLoopController } from './crash-loop/crash-loop.controller.js';
import { HealthController } from './health.controller.js';
import { ProbeIndicator } from './probe-indicator.js';
import { Readiness } from './readiness.js';

@Module({
  // A probe that fails is an answer, not an event of the log: whoever asks every second would fill it.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, CrashLoopController],
  providers: [ProbeIndicator, Readiness, CrashLoopBreaker, BackEndProbes],
  exports: [Readiness],
})
export class HealthModule implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly readiness: Readiness,
    private readonly store: StoreControl,
    private readonly queue: SessionQueue,
    private readonly lifecycle: Lifecycle,
    private readonly agents: AgentHealth,
    private readonly breaker: CrashLoopBreaker,
    private readonly backEnds: BackEndProbes,
    private readonly channels: ChannelRegistry,
  ) {}

  onModuleInit(): void {
    this.readiness.register({ name: 'database', weight: 'critical', everyMs: 1000, check: () => this.store.probe().then(() => null) });
    this.readiness.register({ name: 'store-check', weight: 'degrading', everyMs: 0, check: () => this.store.doubt() });
    this.readiness.register({ name: 'shutdown', weight: 'critical', everyMs: 0, check: () => (this.lifecycle.shuttingDown ? 'shutting down' : null) });
    this.readiness.register({ name: 'crash-loop', weight: 'critical', everyMs: 0, check: () => this.breaker.reason });
    this.readiness.register({
      name: 'inbox',
      weight: 'degrading',
      everyMs: 0,
      check: () => (this.queue.queued >= this.config.settings.INBOX_LIMIT ? 'the inbox is full' : null),
    });
    this.readiness.register({
      name: 'channels',
      weight: 'degrading',
      everyMs: 0,
      check: () => {
        const stopped = this.channels.list().flatMap(({ name, state }) => (state === 'running' ? [] : [name]));
        return stopped.length > 0 ? `stopped: ${stopped.join(', ')}` : null;
      },
    });
    this.readiness.register({ name: 'models', weight: 'degrading', everyMs: 1000, check: () => this.backEnds.down() });
    this.readiness.register({
      name: 'agents',
      weight: 'degrading',
      everyMs: 0,
      check: () => (this.agents.unhealthy > 0 ? `unhealthy: ${this.agents.unhealthy}` : null),
    });
  }
}
