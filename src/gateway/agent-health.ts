import { Injectable } from '@nestjs/common';
import type { ErrorCode } from '#libs/contracts';
import { Clock } from '#libs/ports';
import { TurnNotices } from './turn-notices.js';

/** Turns that fail one after another until the agent counts as unhealthy. */
const FAILURES = 3;
/** Heartbeats that are missing until it does. */
const HEARTBEATS = 3;
/** Failures that tell something of the agent or what stands behind it. */
const TELLING: ReadonlySet<ErrorCode> = new Set(['provider_error', 'provider_auth', 'provider_rate_limited', 'timeout', 'execution_failed']);
const LOOK_EVERY_MS = 1000;

export interface HealthState {
  readonly status: 'unknown' | 'healthy' | 'unhealthy';
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly reason: string | null;
  readonly heartbeatAt: number | null;
}

interface Watched {
  readonly tenantId: string;
  readonly agent: string;
  state: HealthState;
  failures: number;
  heartbeatMs: number | null;
  /** From when on the next heartbeat is waited for. */
  waitingSince: number;
}

export type HealthListener = (tenantId: string, agent: string, state: HealthState) => void;

/** How the agents do, by tenant: bad after failing turns or missing heartbeats in a row, good again after the next good one. */
@Injectable()
export class AgentHealth {
  readonly #watched = new Map<string, Watched>();
  readonly #began: number;
  readonly #listeners: HealthListener[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly clock: Clock,
    notices: TurnNotices,
  ) {
    this.#began = clock.now();
    notices.listen({
      ended: ({ tenantId, agent, state, error }) => {
        if (agent === null || state === 'cancelled') return;
        if (state === 'completed') this.#good(this.#watch(tenantId, agent));
        else if (error !== null && TELLING.has(error)) this.#failed(this.#watch(tenantId, agent), error);
      },
    });
  }

  whenChanged(listener: HealthListener): void {
    this.#listeners.push(listener);
  }

  of(tenantId: string, agent: string): HealthState {
    return this.#watched.get(keyOf(tenantId, agent))?.state ?? { status: 'unknown', since: this.#began, reason: null, heartbeatAt: null };
  }

  /** How many agents are unhealthy, over all tenants. */
  get unhealthy(): number {
    return [...this.#watched.values()].filter(({ state }) => state.status === 'unhealthy').length;
  }

  /** From now on the agent has to say so often that it lives; null: it does not have to. */
  expectHeartbeats(tenantId: string, agent: string, everyMs: number | null): void {
    if (everyMs === null && !this.#watched.has(keyOf(tenantId, agent))) return;
    const watched = this.#watch(tenantId, agent);
    watched.heartbeatMs = everyMs;
    watched.waitingSince = this.clock.now();
    if (everyMs !== null) this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  heartbeat(tenantId: string, agent: string): void {
    const watched = this.#watch(tenantId, agent);
    watched.waitingSince = this.clock.now();
    watched.state = { ...watched.state, heartbeatAt: watched.waitingSince };
    this.#good(watched);
  }

  forget(tenantId: string, agent: string): void {
    this.#watched.delete(keyOf(tenantId, agent));
  }

  #look(): void {
    const now = this.clock.now();
    let any = false;
    for (const watched of this.#watched.values()) {
      if (watched.heartbeatMs === null) continue;
      any = true;
      if (now - watched.waitingSince > watched.heartbeatMs * HEARTBEATS) this.#turn(watched, 'unhealthy', `${HEARTBEATS} heartbeats are missing`);
    }
    if (any || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #good(watched: Watched): void {
    watched.failures = 0;
    this.#turn(watched, 'healthy', null);
  }

  #failed(watched: Watched, error: ErrorCode): void {
    watched.failures += 1;
    if (watched.failures >= FAILURES) this.#turn(watched, 'unhealthy', `${FAILURES} turns in a row failed, the last with ${error}`);
  }

  #turn(watched: Watched, status: HealthState['status'], reason: string | null): void {
    const before = watched.state.status;
    if (before === status) return;
    watched.state = { ...watched.state, status, reason, since: this.clock.now() };
    if (before === 'unknown' && status === 'healthy') return;
    for (const listener of this.#listeners) listener(watched.tenantId, watched.agent, watched.state);
  }

  #watch(tenantId: string, agent: string): Watched {
    const key = keyOf(tenantId, agent);
    let watched = this.#watched.get(key);
    if (watched === undefined) {
      watched = { tenantId, agent, state: this.of(tenantId, agent), failures: 0, heartbeatMs: null, waitingSince: this.clock.now() };
      this.#watched.set(key, watched);
    }
    return watched;
  }
}

function keyOf(tenantId: string, agent: string): string {
  return JSON.stringify([tenantId, agent]);
}
