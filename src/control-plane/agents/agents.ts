import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AGENT_SKILLS, failure, isId, type AgentHealthView, type AgentView, type CreateAgent, type Page, type Principal, type UpdateAgent } from '#libs/contracts';
import { BAD_CURSOR, invalid, ok, refused, type Outcome } from '#libs/channel-sdk';
import { Clock, IdGenerator, Registrations, type PageRequest } from '#libs/ports';
import { Audit } from '../../audit/audit.js';
import { AgentHealth } from '../../gateway/agent-health.js';
import { SessionQueue } from '../../gateway/session-queue.js';
import { OrchestratorService } from '../../orchestrator/orchestrator.service.js';
import { RegisteredAgents } from '../../orchestrator/registered-agents.js';
import { DeploymentRecords } from '../deployments/deployment-records.js';
import { EventFeed } from '../events/event-feed.js';

/** Agents that one tenant may register. */
const MAX_AGENTS = 200;

const StoredSchema = z.object({
  model: z.string(),
  instructions: z.string().nullable(),
  skills: z.array(z.enum(AGENT_SKILLS)),
  heartbeatMs: z.int().nullable(),
  createdAt: z.int(),
  updatedAt: z.int(),
});
type Stored = z.infer<typeof StoredSchema>;

interface AgentRecord extends Stored {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
}

const NOT_FOUND = refused(failure('not_found', 'no such agent'));
const FULL = refused(failure('conflict', `a tenant has at most ${MAX_AGENTS} agents`));
const BUILT_IN = refused(failure('conflict', 'this agent comes with the gateway'));

/** The agents of a tenant: those that come with the gateway, and those that its operators registered. */
@Injectable()
export class Agents {
  readonly #records = new Map<string, AgentRecord>();

  constructor(
    private readonly clock: Clock,
    private readonly ids: IdGenerator,
    private readonly registrations: Registrations,
    private readonly registered: RegisteredAgents,
    private readonly orchestrator: OrchestratorService,
    private readonly deployments: DeploymentRecords,
    private readonly queue: SessionQueue,
    private readonly health: AgentHealth,
    private readonly audit: Audit,
    private readonly feed: EventFeed,
  ) {}

  /** Run once, when the deployments are known and before any turn starts. */
  async begin(): Promise<void> {
    for (const { tenantId, id, name, json } of await this.registrations.all('agent')) {
      this.#know({ id, tenantId, name, ...StoredSchema.parse(JSON.parse(json)) });
    }
    this.health.whenChanged((tenantId, agent, { status, reason }) => {
      this.feed.tell(tenantId, status === 'unhealthy' ? 'agent-unhealthy' : 'agent-recovered', { agent, ...(reason === null ? {} : { reason }) });
    });
  }

  /** Those of the gateway first, then the newest; the cursor is the last id that was shown. */
  list({ tenantId }: Principal, { limit, cursor }: PageRequest): Outcome<Page<AgentView>> {
    const all = this.#views(tenantId);
    const from = placeBehind(all, cursor ?? null);
    if (from === null) return refused(BAD_CURSOR);
    const items = all.slice(from, from + limit);
    return ok({ items, nextCursor: all.length > from + limit ? (items.at(-1)?.id ?? null) : null });
  }

  healthCounts(tenantId: string): Record<AgentHealthView['status'], number> {
    const counts = { healthy: 0, unhealthy: 0, unknown: 0 };
    for (const { health } of this.#views(tenantId)) counts[health.status] += 1;
    return counts;
  }

  get({ tenantId }: Principal, id: string): Outcome<AgentView> {
    const found = this.#views(tenantId).find((view) => view.id === id);
    return found === undefined ? NOT_FOUND : ok(found);
  }

  async create(operator: Principal, { name, model, instructions, skills, heartbeatMs }: CreateAgent): Promise<Outcome<AgentView>> {
    const { tenantId } = operator;
    if (!this.registered.canAsk(model)) return unknownModel();
    if (this.orchestrator.knows(name, tenantId)) return nameTaken(name);
    const at = this.clock.now();
    const record: AgentRecord = { id: this.ids.next(), tenantId, name, model, instructions, skills, heartbeatMs, createdAt: at, updatedAt: at };
    const act = { action: 'agent.create', target: { kind: 'agent', id: record.id }, after: shown(record) };
    return this.audit.attempt(operator, act, async () => {
      const added = await this.registrations.add(toRegistration(record), MAX_AGENTS);
      if (added !== 'added') return added === 'full' ? FULL : nameTaken(name);
      this.#know(record);
      return this.get(operator, record.id);
    });
  }

  update(operator: Principal, id: string, wish: UpdateAgent): Promise<Outcome<AgentView>> {
    return this.deployments.inTurn(operator.tenantId, () => this.#update(operator, id, wish));
  }

  /** Only an agent that is not deployed. What still waits for it fails. */
  remove(operator: Principal, id: string): Promise<Outcome<null>> {
    return this.deployments.inTurn(operator.tenantId, () => this.#remove(operator, id));
  }

  /** All of the keeper's tenant, when the tenant goes; its deployments are gone before. */
  async removeAll(keeper: Principal): Promise<void> {
    for (const record of this.#of(keeper.tenantId)) await this.#takeAway(keeper, record);
  }

  heartbeat(operator: Principal, id: string): Outcome<AgentHealthView> {
    const agent = this.get(operator, id);
    if (!agent.ok) return agent;
    this.health.heartbeat(operator.tenantId, agent.value.name);
    return ok(this.#health(operator.tenantId, id, agent.value.name));
  }

  async #update(operator: Principal, id: string, wish: UpdateAgent): Promise<Outcome<AgentView>> {
    const before = this.#found(operator, id);
    if (before === null) return this.orchestrator.builtIn.includes(id) ? BUILT_IN : NOT_FOUND;
    if (wish.model !== undefined && !this.registered.canAsk(wish.model)) return unknownModel();
    const { model, instructions, skills, heartbeatMs } = wish;
    const record: AgentRecord = {
      ...before,
      ...(model === undefined ? {} : { model }),
      ...(instructions === undefined ? {} : { instructions }),
      ...(skills === undefined ? {} : { skills }),
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      updatedAt: this.clock.now(),
    };
    const act = { action: 'agent.update', target: { kind: 'agent', id }, before: shown(before), after: shown(record) };
    const { json } = toRegistration(record);
    if (!(await this.audit.change(operator, act, () => this.registrations.change('agent', operator.tenantId, id, json)))) return NOT_FOUND;
    // What lay behind the model before, and how turns went with it, tells nothing of the next.
    if (record.model !== before.model) this.health.forget(operator.tenantId, record.name);
    this.#know(record);
    return this.get(operator, id);
  }

  async #remove(operator: Principal, id: string): Promise<Outcome<null>> {
    const record = this.#found(operator, id);
    if (record === null) return this.orchestrator.builtIn.includes(id) ? BUILT_IN : NOT_FOUND;
    const { tenantId, name } = record;
    if (this.deployments.ofAgent(tenantId, name) !== null) return refused(failure('conflict', 'the agent is deployed; take its deployment away first'));
    return (await this.#takeAway(operator, record)) ? ok(null) : NOT_FOUND;
  }

  /** False when it was not there any more. */
  async #takeAway(operator: Principal, record: AgentRecord): Promise<boolean> {
    const { id, tenantId, name } = record;
    const act = { action: 'agent.delete', target: { kind: 'agent', id }, before: shown(record) };
    if (!(await this.audit.change(operator, act, () => this.registrations.remove('agent', tenantId, id)))) return false;
    this.#records.delete(id);
    this.registered.remove(tenantId, name);
    this.health.forget(tenantId, name);
    this.queue.slots.limit(tenantId, name, null);
    return true;
  }

  #know(record: AgentRecord): void {
    const { tenantId, name } = record;
    this.#records.set(record.id, record);
    this.registered.put(record);
    this.health.expectHeartbeats(tenantId, name, record.heartbeatMs);
    if (this.deployments.ofAgent(tenantId, name) === null) this.queue.slots.limit(tenantId, name, { replicas: 1, stopped: true });
  }

  #found({ tenantId }: Principal, id: string): AgentRecord | null {
    const record = this.#records.get(id);
    return record?.tenantId === tenantId ? record : null;
  }

  #of(tenantId: string): AgentRecord[] {
    return [...this.#records.values()].filter((record) => record.tenantId === tenantId).sort((a, b) => (a.id > b.id ? -1 : 1));
  }

  #views(tenantId: string): AgentView[] {
    const builtIn = this.orchestrator.builtIn.map((name): AgentView => {
      const health = this.#health(tenantId, name, name);
      const may = this.orchestrator.skillsOf(name, tenantId);
      const skills = AGENT_SKILLS.filter((skill) => may.includes(skill));
      return { id: name, name, kind: 'built-in', model: this.orchestrator.modelOf(name, tenantId), instructions: null, skills, heartbeatMs: null, deployed: true, health };
    });
    const own = this.#of(tenantId).map((record): AgentView => {
      const deployed = this.deployments.ofAgent(tenantId, record.name) !== null;
      const times = { createdAt: new Date(record.createdAt).toISOString(), updatedAt: new Date(record.updatedAt).toISOString() };
      return { id: record.id, kind: 'model', ...shown(record), deployed, health: this.#health(tenantId, record.id, record.name), ...times };
    });
    return [...builtIn, ...own];
  }

  #health(tenantId: string, id: string, agent: string): AgentHealthView {
    const { status, since, reason, heartbeatAt } = this.health.of(tenantId, agent);
    return {
      id,
      agent,
      status,
      since: new Date(since).toISOString(),
      ...(reason === null ? {} : { reason }),
      ...(heartbeatAt === null ? {} : { lastHeartbeatAt: new Date(heartbeatAt).toISOString() }),
    };
  }
}

function nameTaken(name: string) {
  return refused(failure('conflict', `there is an agent named ${name}`));
}

function unknownModel() {
  const message = 'names no provider that the settings say how to reach';
  return refused(invalid([{ path: ['model'], message }]));
}

function shown({ name, model, instructions, skills, heartbeatMs }: AgentRecord) {
  return { name, model, instructions, skills, heartbeatMs };
}

function toRegistration({ id, tenantId, name, ...kept }: AgentRecord) {
  return { kind: 'agent' as const, tenantId, id, name, json: JSON.stringify(kept) };
}

/** Where the list goes on behind the cursor, also when its agent has gone since; null when no page ends there. Registered agents come last, newest first. */
function placeBehind(views: readonly AgentView[], cursor: string | null): number | null {
  if (cursor === null) return 0;
  const place = views.findIndex(({ id }) => id === cursor);
  if (place >= 0) return place + 1;
  if (!isId(cursor)) return null;
  const older = views.findIndex(({ id }) => isId(id) && id < cursor);
  return older < 0 ? views.length : older;
}
