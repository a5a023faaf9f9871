import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT, type ErrorCode } from '#libs/contracts';
import { Clock } from '#libs/ports';
import { TurnNotices } from './turn-notices.js';

/** Turns that fail one after another until the agent counts as unhealthy. */
const FAILURES = 3;
/** Heartbeats that are missing until it does. */
const HEARTBEATS = 3;
/** Failures that tell something of the agent or what stands behind it. */
const TELLING: ReadonlySet<ErrorCode> = new Set(['provider_error', 'provider_auth', 'provider_rate_limited', 'timeout', 'execution_failed']);
const LOOK_EVERY_MS = 1000;
/** An agent whose turns failed counts as healthy again when its back end answers this long after the last of them. */
const FORGIVEN_AFTER_MS = 30_000;

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
  /** When its last telling turn failed. */
  failedAt: number;
  heartbeatMs: number | null;
  /** From when on the next heartbeat is waited for. */
  waitingSince: number;
}

/** What lies behind an agent, as it was found when it was last asked. */
interface BackEndState extends HealthState {
  /** A turn went well since it was found not to work: what it answers until it works, or a turn fails, tells nothing. */
  readonly proven: boolean;
}

export type HealthListener = (tenantId: string, agent: string, state: HealthState) => void;

/**
 * How the agents do, by tenant: bad after failing turns or missing heartbeats in a row, and while what lies behind them does not work;
 * good again after the next good turn or heartbeat, or once it works again.
 */
@Injectable()
export class AgentHealth {
  readonly #watched = new Map<string, Watched>();
  readonly #began: number;
  /** By agent; of those of every tenant the tenant is null. */
  readonly #backEnds = new Map<string, BackEndState>();
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
        if (state === 'completed') this.#went(this.#watch(tenantId, agent));
        else if (error !== null && TELLING.has(error)) this.#failed(this.#watch(tenantId, agent), error);
      },
    });
  }

  whenChanged(listener: HealthListener): void {
    this.#listeners.push(listener);
  }

  of(tenantId: string, agent: string): HealthState {
    const own = this.#watched.get(keyOf(tenantId, agent))?.state ?? this.#unknown;
    const behind = this.#behind(tenantId, agent);
    if (behind === undefined || (behind.status === 'healthy' && own.status !== 'unknown')) return own;
    return { ...behind, heartbeatAt: own.heartbeatAt };
  }

  /** How many agents are unhealthy, over all tenants. */
  get unhealthy(): number {
    const byThemselves = [...this.#watched.values()].filter(({ tenantId, agent, state }) => {
      return state.status === 'unhealthy' && this.#behind(tenantId, agent)?.status !== 'unhealthy';
    });
    return byThemselves.length + [...this.#backEnds.values()].filter(({ status }) => status === 'unhealthy').length;
  }

  /** From now on the agent has to say so often that it lives; null: it does not have to. What it did not say before counts no more. */
  expectHeartbeats(tenantId: string, agent: string, everyMs: number | null): void {
    if (everyMs === (this.#watched.get(keyOf(tenantId, agent))?.heartbeatMs ?? null)) return;
    const watched = this.#watch(tenantId, agent);
    if (watched.failures < FAILURES && watched.state.status === 'unhealthy') this.#turn(watched, 'unknown', null);
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

  /** What lies behind an agent was asked: null when it works, else why not. `tenantId` null: an agent of every tenant. */
  probed(tenantId: string | null, agent: string, reason: string | null): void {
    const key = keyOf(tenantId, agent);
    const known = this.#backEnds.get(key);
    if (known?.proven === true) {
      if (reason === null) this.#backEnds.set(key, { ...known, proven: false });
      return;
    }
    const before = known?.status ?? 'unknown';
    const status = reason === null ? 'healthy' : 'unhealthy';
    const theirs = this.#tenantsOf(tenantId, agent);
    if (before !== status) {
      this.#backEnds.set(key, { status, reason, since: this.clock.now(), heartbeatAt: null, proven: false });
      if (before === 'unhealthy' || status === 'unhealthy') for (const tenant of theirs) this.#tell(tenant, agent);
    }
    if (reason === null) for (const tenant of theirs) this.#forgive(tenant, agent);
  }

  forget(tenantId: string, agent: string): void {
    this.#backEnds.delete(keyOf(tenantId, agent));
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

  /** A turn of it went well, and so what lies behind it works, whatever was heard when it was asked. */
  #went(watched: Watched): void {
    this.#good(watched);
    const { agent } = watched;
    const owner = this.#ownerBehind(watched.tenantId, agent);
    if (this.#backEnds.get(keyOf(owner, agent))?.status !== 'unhealthy') return;
    this.probed(owner, agent, null);
    this.#prove(owner, agent, true);
  }

  #good(watched: Watched): void {
    watched.failures = 0;
    this.#turn(watched, 'healthy', null);
  }

  #failed(watched: Watched, error: ErrorCode): void {
    this.#prove(this.#ownerBehind(watched.tenantId, watched.agent), watched.agent, false);
    watched.failures += 1;
    watched.failedAt = this.clock.now();
    if (watched.failures >= FAILURES) this.#turn(watched, 'unhealthy', `${FAILURES} turns in a row failed, the last with ${error}`);
  }

  #turn(watched: Watched, status: HealthState['status'], reason: string | null): void {
    const before = watched.state.status;
    if (before === status) return;
    watched.state = { ...watched.state, status, reason, since: this.clock.now() };
    if (before === 'unknown' && status === 'healthy') return;
    if (this.#behind(watched.tenantId, watched.agent)?.status !== 'unhealthy') this.#tell(watched.tenantId, watched.agent);
  }

  #tell(tenantId: string, agent: string): void {
    const state = this.of(tenantId, agent);
    for (const listener of this.#listeners) listener(tenantId, agent, state);
  }

  #forgive(tenantId: string, agent: string): void {
    const watched = this.#watched.get(keyOf(tenantId, agent));
    if (watched === undefined || watched.failures < FAILURES || this.clock.now() - watched.failedAt < FORGIVEN_AFTER_MS) return;
    this.#good(watched);
  }

  /** Whom the health of an agent of every tenant concerns: those who have had turns of it, and the gateway's own operators. */
  #tenantsOf(tenantId: string | null, agent: string): ReadonlySet<string> {
    if (tenantId !== null) return new Set([tenantId]);
    const theirs = [...this.#watched.values()].filter((watched) => watched.agent === agent && !this.#backEnds.has(keyOf(watched.tenantId, agent)));
    return new Set([DEFAULT_TENANT, ...theirs.map((watched) => watched.tenantId)]);
  }

  #behind(tenantId: string, agent: string): BackEndState | undefined {
    return this.#backEnds.get(keyOf(this.#ownerBehind(tenantId, agent), agent));
  }

  /** Whose agent it is, as far as its back end goes: of the tenant, or (null) of every tenant. */
  #ownerBehind(tenantId: string, agent: string): string | null {
    return this.#backEnds.has(keyOf(tenantId, agent)) ? tenantId : null;
  }

  #prove(owner: string | null, agent: string, proven: boolean): void {
    const key = keyOf(owner, agent);
    const known = this.#backEnds.get(key);
    if (known !== undefined) this.#backEnds.set(key, { ...known, proven });
  }

  get #unknown(): HealthState {
    return { status: 'unknown', since: this.#began, reason: null, heartbeatAt: null };
  }

  #watch(tenantId: string, agent: string): Watched {
    const key = keyOf(tenantId, agent);
    let watched = this.#watched.get(key);
    if (watched === undefined) {
      watched = { tenantId, agent, state: this.#unknown, failures: 0, failedAt: 0, heartbeatMs: null, waitingSince: this.clock.now() };
      this.#watched.set(key, watched);
    }
    return watched;
  }
}

function keyOf(tenantId: string | null, agent: string): string {
  return JSON.stringify([tenantId, agent]);
}
