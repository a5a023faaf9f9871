import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { AgentHealth } from '../gateway/agent-health.js';
import { ChannelRegistry } from '../gateway/channel-registry.js';
import { DoorsState } from '../gateway/doors-state.js';
import { OutboxWorker } from '../gateway/outbox-worker.js';
import { SessionQueue } from '../gateway/session-queue.js';
import { TurnNotices } from '../gateway/turn-notices.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { Metrics } from '../observability/metrics/metrics.js';
import { TurnMetrics } from '../observability/metrics/turn-metrics.js';
import { OutboxDepth } from './outbox-depth.js';
import { VERSION } from '../version.js';

/** Figures that stand somewhere already and are read when somebody asks. */
@Injectable()
export class StandingFigures {
  constructor(
    metrics: Metrics,
    config: Config,
    queue: SessionQueue,
    channels: ChannelRegistry,
    lifecycle: Lifecycle,
    notices: TurnNotices,
    turns: TurnMetrics,
    outbox: OutboxWorker,
    depth: OutboxDepth,
    doors: DoorsState,
    agents: AgentHealth,
  ) {
    const { INBOX_LIMIT, MAX_CONCURRENT_TURNS } = config.settings;
    metrics.gaugeBy('parley_build_info', 'Is 1; tells the version that runs.', 'version', () => [[VERSION, 1]]);
    metrics.gauge('parley_inbox_depth', 'Turns that wait in this process.', () => queue.queued);
    metrics.gauge('parley_inbox_limit', 'Turns that may wait in this process.', () => INBOX_LIMIT);
    metrics.gauge('parley_running_turns', 'Turns that run in this process.', () => queue.running);
    metrics.gauge('parley_running_turns_limit', 'Turns that may run in this process at once.', () => MAX_CONCURRENT_TURNS);
    metrics.gaugeBy('parley_connections', 'Connections that are open, by channel.', 'channel', () =>
      channels.list().map(({ name, connections }) => [name, connections]),
    );
    metrics.gaugeBy('parley_channel_running', 'Is 1 while the channel is open, else 0.', 'channel', () =>
      channels.list().map(({ name, state }) => [name, state === 'running' ? 1 : 0]),
    );
    metrics.counterBy('parley_events_out_total', 'Events that went out, by channel.', 'channel', () =>
      channels.list().map(({ name, eventsOut }) => [name, eventsOut]),
    );
    metrics.counterBy('parley_deliveries_total', 'Attempts to deliver outside that ended, by outcome: delivered, to be tried again, given up.', 'outcome', () => {
      const { delivered, retried, dead } = outbox.counters;
      return [
        ['delivered', delivered],
        ['retried', retried],
        ['dead', dead],
      ];
    });
    metrics.gaugeBy('parley_outbox_depth', 'Deliveries in the store over all tenants: waiting, or given up (dead). Counted up to 10,000.', 'state', async () => {
      return Object.entries(await depth.read());
    });
    metrics.gauge('parley_doors_open', 'Is 1 while new messages are taken, 0 while the gateway drains or a crash loop keeps the doors closed.', () => (doors.areOpen ? 1 : 0));
    metrics.gauge('parley_agents_unhealthy', 'Agents that count as unhealthy.', () => agents.unhealthy);
    metrics.gauge('parley_deliveries_under_way', 'Deliveries that are being tried now.', () => outbox.counters.underWay);
    const steps = metrics.counter('parley_shutdown_steps_total', 'Steps of the shutdown, by phase and outcome.', ['phase', 'outcome']);
    notices.listen({ cutOff: () => turns.putBack(), ended: ({ agent, state }) => (agent === null ? turns.endedWaiting(state) : undefined) });
    const seconds = metrics.counter('parley_shutdown_seconds_total', 'Time of the shutdown, by phase and step.', ['phase', 'step']);
    lifecycle.watch(({ phase, step, outcome, tookMs }) => {
      steps(phase, outcome)();
      seconds(phase, step)(tookMs / 1000);
    });
  }
}
