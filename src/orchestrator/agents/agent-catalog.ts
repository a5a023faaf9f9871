import type { BackEnd, BackEndUser } from '../models/back-end.js';
import type { Agent } from './agent.js';

/** The agents of this process by name. A tenant sees its own and those of everybody; its own win. */
export class AgentCatalog {
  private readonly agents = new Map<string, Agent>();

  /** Throws when two agents would answer to the same name in the same tenant. */
  constructor(
    readonly defaultAgent: Agent,
    others: readonly Agent[],
  ) {
    for (const agent of [defaultAgent, ...others]) {
      const key = keyOf(agent.tenantId, agent.name);
      if (this.agents.has(key)) throw new Error(`two agents are named ${agent.name}`);
      this.agents.set(key, agent);
    }
  }

  /** Takes the place of the tenant's agent of this name. */
  put(agent: Agent): void {
    this.agents.set(keyOf(agent.tenantId, agent.name), agent);
  }

  remove(tenantId: string, name: string): void {
    this.agents.delete(keyOf(tenantId, name));
  }

  /** The names of those that every tenant has. */
  get builtIn(): readonly string[] {
    return [...this.agents.values()].flatMap(({ name, tenantId }) => (tenantId === null ? [name] : []));
  }

  /** What the agents cannot answer without, each with those who ask it. */
  get backEnds(): ReadonlyMap<BackEnd, readonly BackEndUser[]> {
    const byName = new Map<string, { readonly backEnd: BackEnd; readonly users: BackEndUser[] }>();
    for (const { backEnd, name: agent, tenantId } of this.agents.values()) {
      if (backEnd === null) continue;
      const known = byName.get(backEnd.name) ?? { backEnd, users: [] };
      known.users.push({ tenantId, agent });
      byName.set(backEnd.name, known);
    }
    return new Map([...byName.values()].map(({ backEnd, users }) => [backEnd, users]));
  }

  find(name: string, tenantId: string): Agent | null {
    return this.agents.get(keyOf(tenantId, name)) ?? this.agents.get(keyOf(null, name)) ?? null;
  }
}

function keyOf(tenantId: string | null, name: string): string {
  return JSON.stringify([tenantId, name]);
}
