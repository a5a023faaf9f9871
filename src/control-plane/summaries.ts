import { Injectable } from '@nestjs/common';
import type { Summary } from '#libs/contracts';
import { Clock, Figures } from '#libs/ports';
import { ChannelRegistry } from '../gateway/channel-registry.js';
import { Connections } from '../gateway/connections.js';
import { Agents } from './agents/agents.js';
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

  constructor(
    private readonly clock: Clock,
    private readonly figures: Figures,
    private readonly today: Today,
    private readonly registry: ChannelRegistry,
    private readonly connections: Connections,
    private readonly agents: Agents,
  ) {}

  of(tenantId: string): Promise<Summary> {
    const now = performance.now();
    const kept = this.#kept.get(tenantId);
    if (kept !== undefined && kept.until > now) return kept.summary;
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    const summary = this.#count(tenantId);
    const fresh = { until: now + KEEP_MS, summary };
    this.#kept.set(tenantId, fresh);
    summary.catch(() => {
      if (this.#kept.get(tenantId) === fresh) this.#kept.delete(tenantId);
    });
    return summary;
  }

  async #count(tenantId: string): Promise<Summary> {
    const { sessions, deliveriesOpen, deliveriesDead, openTurns } = await this.figures.of(tenantId);
    const connections = this.connections.counts(tenantId);
    const turnsIn = (wanted: 'queued' | 'running') =>
      openTurns.reduce((sum, { state, count }) => (state === wanted ? sum + count : sum), 0);
    return {
      at: new Date(this.clock.now()).toISOString(),
      today: { ...this.today.of(tenantId) },
      turns: { queued: turnsIn('queued'), running: turnsIn('running') },
      sessions,
      connections: [...connections.values()].reduce((sum, count) => sum + count, 0),
      channels: this.registry.list().map(({ name, state }) => ({ name, state, connections: connections.get(name) ?? 0 })),
      agents: this.agents.healthCounts(tenantId),
      outbox: { waiting: deliveriesOpen, deadLetters: deliveriesDead },
    };
  }
}
