import { Injectable } from '@nestjs/common';
import type { Summary } from '#libs/contracts';
import { Clock, Figures, type OpenTurnCount } from '#libs/ports';
import { ChannelRegistry } from '../../gateway/channel-registry.js';
import { Connections } from '../../gateway/connections.js';
import { Agents } from '../agents/agents.js';
import { Readiness } from '../../health/readiness.js';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import { UsageReports } from '../../throttling/usage-reports.js';
import { VERSION } from '../../version.js';
import { RecentTurns } from './recent-turns.js';
import { Today } from './today.js';

/** An answer is given again for this long, however many ask. */
const KEEP_MS = 1000;
/** Tenants whose answer is kept; beyond it all are forgotten. */
const MAX_KEPT = 1000;

interface Kept {
  readonly until: number;
  readonly summary: Promise<Summary>;
}

/** What there is and what happens now in a tenant: counted in the store and in the process, at most once a second. */
@Injectable()
export class Summaries {
  readonly #kept = new Map<string, Kept>();
  readonly #startedAt: string;

  constructor(
    private readonly clock: Clock,
    private readonly figures: Figures,
    private readonly today: Today,
    private readonly registry: ChannelRegistry,
    private readonly connections: Connections,
    private readonly agents: Agents,
    private readonly recent: RecentTurns,
    private readonly usage: UsageReports,
    private readonly readiness: Readiness,
    private readonly lifecycle: Lifecycle,
  ) {
    this.#startedAt = new Date(clock.now()).toISOString();
  }

  of(tenantId: string): Promise<Summary> {
    const kept = this.#kept.get(tenantId);
    return kept !== undefined && kept.until > performance.now() ? kept.summary : this.fresh(tenantId);
  }

  /** Counts now, whatever is kept. */
  fresh(tenantId: string): Promise<Summary> {
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    const summary = this.#count(tenantId);
    const fresh = { until: performance.now() + KEEP_MS, summary };
    this.#kept.set(tenantId, fresh);
    summary.catch(() => {
      if (this.#kept.get(tenantId) === fresh) this.#kept.delete(tenantId);
    });
    return summary;
  }

  async #count(tenantId: string): Promise<Summary> {
    const [figures, usage, readiness] = await Promise.all([this.figures.of(tenantId), this.usage.today(tenantId), this.readiness.view()]);
    const { sessions, deliveriesOpen, deliveriesDead, openTurns } = figures;
    const connections = this.connections.counts(tenantId);
    return {
      at: new Date(this.clock.now()).toISOString(),
      gateway: { state: this.lifecycle.shuttingDown ? 'draining' : 'running', version: VERSION, startedAt: this.#startedAt },
      health: { status: readiness.status, down: Object.entries(readiness.checks).flatMap(([name, { status }]) => (status === 'down' ? [name] : [])) },
      today: { ...this.today.of(tenantId) },
      rates: this.recent.rates(tenantId),
      failures: this.today.failures(tenantId),
      turns: turnsOf(openTurns),
      firstText: this.recent.firstText(tenantId),
      usage,
      sessions,
      connections: [...connections.values()].reduce((sum, count) => sum + count, 0),
      channels: this.registry.list().map(({ name, state }) => ({ name, state, connections: connections.get(name) ?? 0 })),
      agents: this.agents.healthCounts(tenantId),
      outbox: { waiting: deliveriesOpen, deadLetters: deliveriesDead },
    };
  }
}

function turnsOf(openTurns: readonly OpenTurnCount[]): Summary['turns'] {
  const turns = { queued: 0, running: 0 };
  let oldest = Infinity;
  for (const { state, count, oldestAt } of openTurns) {
    turns[state] += count;
    if (state === 'queued') oldest = Math.min(oldest, oldestAt);
  }
  return { ...turns, oldestQueuedAt: oldest === Infinity ? null : new Date(oldest).toISOString() };
}
