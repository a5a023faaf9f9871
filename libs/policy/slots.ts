/** How many turns an agent may run at once, and whether it may start any. */
interface SlotLimit {
  /** Infinity: as many as there is room for. */
  readonly replicas: number;
  readonly stopped: boolean;
}

interface Agent {
  limit: SlotLimit;
  running: number;
  /** Lets running turns end before new ones start. */
  restarting: boolean;
  readonly waiting: Set<string>;
}

interface Tenant {
  readonly agents: Map<string, Agent>;
  /** Agents that may not simply start a turn whenever there is room. */
  held: number;
}

const UNLIMITED: SlotLimit = { replicas: Infinity, stopped: false };

/**
 * Which agents may start turns now. Each question costs the same however many agents and sessions there are; a tenant without limits costs
 * nothing but its count. A session that may not start waits here under its agent and is named to `wake` when there may be room.
 */
export class Slots {
  readonly #tenants = new Map<string, Tenant>();
  /** Sessions that were woken and have not said yet what became of it. */
  readonly #woken = new Map<string, { readonly tenantId: string; readonly agent: string }>();

  constructor(private readonly wake: (sessionId: string) => void) {}

  /** True when some agent of the tenant has a limit: then nothing starts without `take`. */
  restricts(tenantId: string): boolean {
    const tenant = this.#tenants.get(tenantId);
    return tenant !== undefined && tenant.held > 0;
  }

  /** Null takes the limit away. What waits is asked again. */
  limit(tenantId: string, name: string, limit: SlotLimit | null): void {
    const tenant = this.#tenant(tenantId);
    const agent = this.#agent(tenant, name);
    this.#change(tenant, agent, () => (agent.limit = limit ?? UNLIMITED));
    this.#wakeAll(tenantId, name, agent);
    this.#forget(tenantId, name);
  }

  /** From now on running turns end before the next one starts. */
  restart(tenantId: string, name: string): void {
    const tenant = this.#tenant(tenantId);
    const agent = this.#agent(tenant, name);
    if (agent.running > 0) this.#change(tenant, agent, () => (agent.restarting = true));
    this.#forget(tenantId, name);
  }

  isRestarting(tenantId: string, name: string): boolean {
    return this.#tenants.get(tenantId)?.agents.get(name)?.restarting ?? false;
  }

  isStopped(tenantId: string, name: string): boolean {
    return this.#tenants.get(tenantId)?.agents.get(name)?.limit.stopped ?? false;
  }

  /** Takes a slot when the agent may start a turn now. */
  take(tenantId: string, name: string): boolean {
    const agent = this.#agent(this.#tenant(tenantId), name);
    if (!mayStart(agent)) return false;
    agent.running += 1;
    return true;
  }

  /** Counts a turn that started where nothing had to be asked. */
  add(tenantId: string, name: string): void {
    this.#agent(this.#tenant(tenantId), name).running += 1;
  }

  /** A turn let go of its slot, or a slot that was taken is not needed. */
  leave(tenantId: string, name: string): void {
    const tenant = this.#tenant(tenantId);
    const agent = this.#agent(tenant, name);
    agent.running -= 1;
    if (agent.restarting && agent.running === 0) {
      this.#change(tenant, agent, () => (agent.restarting = false));
      this.#wakeAll(tenantId, name, agent);
    } else this.#wakeOne(tenantId, name, agent);
    this.#forget(tenantId, name);
  }

  /** The session waits until this agent may start a turn. */
  wait(tenantId: string, name: string, sessionId: string): void {
    this.#agent(this.#tenant(tenantId), name).waiting.add(sessionId);
  }

  /** The session has nothing to wait for any more. */
  forget(tenantId: string, name: string, sessionId: string): void {
    this.#tenants.get(tenantId)?.agents.get(name)?.waiting.delete(sessionId);
    this.#forget(tenantId, name);
  }

  /** What a woken session came for is settled, whatever became of it: when room is left, the next one is woken. */
  settled(sessionId: string): void {
    const woken = this.#woken.get(sessionId);
    if (woken === undefined) return;
    this.#woken.delete(sessionId);
    const agent = this.#tenants.get(woken.tenantId)?.agents.get(woken.agent);
    if (agent !== undefined) this.#wakeOne(woken.tenantId, woken.agent, agent);
  }

  #wakeOne(tenantId: string, name: string, agent: Agent): void {
    if (!mayStart(agent)) return;
    const [next] = agent.waiting;
    if (next !== undefined) this.#rouse(tenantId, name, agent, next);
  }

  #wakeAll(tenantId: string, name: string, agent: Agent): void {
    for (const sessionId of [...agent.waiting]) this.#rouse(tenantId, name, agent, sessionId);
  }

  #rouse(tenantId: string, name: string, agent: Agent, sessionId: string): void {
    agent.waiting.delete(sessionId);
    this.#woken.set(sessionId, { tenantId, agent: name });
    this.wake(sessionId);
  }

  #change(tenant: Tenant, agent: Agent, apply: () => void): void {
    tenant.held -= isHeld(agent) ? 1 : 0;
    apply();
    tenant.held += isHeld(agent) ? 1 : 0;
  }

  #tenant(tenantId: string): Tenant {
    let tenant = this.#tenants.get(tenantId);
    if (tenant === undefined) this.#tenants.set(tenantId, (tenant = { agents: new Map(), held: 0 }));
    return tenant;
  }

  #agent(tenant: Tenant, name: string): Agent {
    let agent = tenant.agents.get(name);
    if (agent === undefined) tenant.agents.set(name, (agent = { limit: UNLIMITED, running: 0, restarting: false, waiting: new Set() }));
    return agent;
  }

  /** Keeps nothing of an agent that has neither limit nor turns. */
  #forget(tenantId: string, name: string): void {
    const tenant = this.#tenants.get(tenantId);
    const agent = tenant?.agents.get(name);
    if (tenant === undefined || agent === undefined || isHeld(agent) || agent.running > 0 || agent.waiting.size > 0) return;
    tenant.agents.delete(name);
    if (tenant.agents.size === 0) this.#tenants.delete(tenantId);
  }
}

function isHeld({ limit, restarting }: Agent): boolean {
  return limit.stopped || restarting || limit.replicas !== Infinity;
}

function mayStart({ limit, restarting, running }: Agent): boolean {
  return !limit.stopped && !restarting && running < limit.replicas;
}
