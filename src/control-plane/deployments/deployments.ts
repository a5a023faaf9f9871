import { Injectable } from '@nestjs/common';
import { failure, type CreateDeployment, type Deployment, type Page, type Principal } from '#libs/contracts';
import { BAD_CURSOR, ok, refused, type Outcome } from '#libs/channel-sdk';
import { Clock, Figures, type OpenTurnCount, type PageRequest } from '#libs/ports';
import { Audit } from '../../audit/audit.js';
import { Config } from '../../config/config.js';
import { SessionQueue } from '../../gateway/session-queue.js';
import { OrchestratorService } from '../../orchestrator/orchestrator.service.js';
import { DeploymentRecords, type DeploymentRecord } from './deployment-records.js';

const NOT_FOUND = refused(failure('not_found', 'no such deployment'));

type Verb = 'scale' | 'stop' | 'start' | 'restart';
type Change = Partial<Pick<DeploymentRecord, 'replicas' | 'stopped' | 'restartedAt'>>;

/**
 * Agents at work. What is kept here is what the session queue is limited by; there is no second model. Agents that come with the gateway are
 * at work from the start.
 */
@Injectable()
export class Deployments {
  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly records: DeploymentRecords,
    private readonly figures: Figures,
    private readonly queue: SessionQueue,
    private readonly orchestrator: OrchestratorService,
    private readonly audit: Audit,
  ) {}

  /** Run once, before any turn starts. */
  async begin(): Promise<void> {
    for (const record of await this.records.load()) this.#apply(record);
  }

  async list({ tenantId }: Principal, page: PageRequest): Promise<Outcome<Page<Deployment>>> {
    await this.#atWorkFromTheStart(tenantId);
    const found = await this.records.list(tenantId, page);
    if (found === 'bad_cursor') return refused(BAD_CURSOR);
    const { openTurns } = await this.figures.of(tenantId);
    return ok({ items: found.items.map((record) => this.#view(record, openTurns)), nextCursor: found.nextCursor });
  }

  async get({ tenantId }: Principal, id: string): Promise<Outcome<Deployment>> {
    const record = this.records.find(id, tenantId);
    return record === null ? NOT_FOUND : ok(await this.#shown(record));
  }

  create(operator: Principal, wish: CreateDeployment): Promise<Outcome<Deployment>> {
    return this.records.inTurn(operator.tenantId, () => this.#create(operator, wish));
  }

  scale(operator: Principal, id: string, replicas: number): Promise<Outcome<Deployment>> {
    return this.#change(operator, id, 'scale', { replicas });
  }

  stop(operator: Principal, id: string): Promise<Outcome<Deployment>> {
    return this.#change(operator, id, 'stop', { stopped: true });
  }

  start(operator: Principal, id: string): Promise<Outcome<Deployment>> {
    return this.#change(operator, id, 'start', { stopped: false });
  }

  restart(operator: Principal, id: string): Promise<Outcome<Deployment>> {
    return this.#change(operator, id, 'restart', { restartedAt: this.clock.now() });
  }

  /** Only when nothing of it waits or runs, and never that of an agent that comes with the gateway. */
  remove(operator: Principal, id: string): Promise<Outcome<null>> {
    return this.records.inTurn(operator.tenantId, () => this.#remove(operator, id));
  }

  /** Takes away all of the keeper's tenant, whatever their state: the tenant goes, and nothing of it waits any more. */
  async removeAll(keeper: Principal): Promise<void> {
    for (const record of this.records.ofTenant(keeper.tenantId)) {
      const act = { action: 'deployment.delete', target: { kind: 'deployment', id: record.id }, before: settingsOf(record) };
      await this.audit.change(keeper, act, () => this.records.remove(record));
      this.queue.slots.limit(record.tenantId, record.agent, null);
    }
  }

  async #create(operator: Principal, { agent, replicas }: CreateDeployment): Promise<Outcome<Deployment>> {
    const { tenantId } = operator;
    if (!this.orchestrator.knows(agent, tenantId)) return refused(failure('not_found', 'no such agent'));
    await this.#atWorkFromTheStart(tenantId);
    const taken = refused(failure('conflict', `the agent ${agent} is deployed already`));
    if (this.records.ofAgent(tenantId, agent) !== null) return taken;
    const act = { action: 'deployment.create', target: { kind: 'agent', id: agent }, after: { agent, replicas: replicas ?? null } };
    const record = await this.audit.change(operator, act, () => this.records.add(tenantId, agent, replicas ?? null));
    if (record === null) return taken;
    this.#apply(record);
    return ok(await this.#shown(record));
  }

  async #remove(operator: Principal, id: string): Promise<Outcome<null>> {
    const { tenantId } = operator;
    const record = this.records.find(id, tenantId);
    if (record === null) return NOT_FOUND;
    if (this.orchestrator.builtIn.includes(record.agent)) {
      return refused(failure('conflict', `${record.agent} comes with the gateway; stop its deployment instead`));
    }
    if (!record.stopped) return refused(failure('conflict', 'stop the deployment first'));
    const { running, queued } = await this.#shown(record);
    if (running + queued > 0) return refused(failure('conflict', `${queued} turns wait for it and ${running} run`));
    const act = { action: 'deployment.delete', target: { kind: 'deployment', id }, before: settingsOf(record) };
    if (!(await this.audit.change(operator, act, () => this.records.remove(record)))) return NOT_FOUND;
    this.queue.slots.limit(tenantId, record.agent, { replicas: 1, stopped: true });
    return ok(null);
  }

  #change(operator: Principal, id: string, verb: Verb, change: Change): Promise<Outcome<Deployment>> {
    return this.records.inTurn(operator.tenantId, () => this.#changeNow(operator, id, verb, change));
  }

  async #changeNow(operator: Principal, id: string, verb: Verb, change: Change): Promise<Outcome<Deployment>> {
    const before = this.records.find(id, operator.tenantId);
    if (before === null) return NOT_FOUND;
    const after = settingsOf({ ...before, ...change });
    const act = { action: `deployment.${verb}`, target: { kind: 'deployment', id }, before: settingsOf(before), after };
    const record = await this.audit.change(operator, act, () => this.records.change(before, change));
    if (record === null) return NOT_FOUND;
    if (verb === 'restart') this.queue.slots.restart(record.tenantId, record.agent);
    else this.#apply(record);
    return ok(await this.#shown(record));
  }

  #apply({ tenantId, agent, replicas, stopped }: DeploymentRecord): void {
    const wanted = replicas ?? Infinity;
    const limit = wanted >= this.config.settings.MAX_CONCURRENT_TURNS ? Infinity : wanted;
    this.queue.slots.limit(tenantId, agent, { replicas: limit, stopped });
  }

  async #atWorkFromTheStart(tenantId: string): Promise<void> {
    for (const agent of this.orchestrator.builtIn) {
      if (this.records.ofAgent(tenantId, agent) === null) await this.records.add(tenantId, agent, null);
    }
  }

  async #shown(record: DeploymentRecord): Promise<Deployment> {
    return this.#view(record, (await this.figures.of(record.tenantId)).openTurns);
  }

  #view(record: DeploymentRecord, openTurns: readonly OpenTurnCount[]): Deployment {
    const { id, tenantId, agent, stopped, restartedAt, createdAt, updatedAt } = record;
    const turnsIn = (state: 'running' | 'queued') => openTurns.find((open) => open.agent === agent && open.state === state)?.count ?? 0;
    return {
      id,
      agent,
      replicas: record.replicas ?? this.config.settings.MAX_CONCURRENT_TURNS,
      state: stopped ? 'stopped' : this.queue.slots.isRestarting(tenantId, agent) ? 'restarting' : 'running',
      running: turnsIn('running'),
      queued: turnsIn('queued'),
      ...(restartedAt === null ? {} : { restartedAt: new Date(restartedAt).toISOString() }),
      createdAt: new Date(createdAt).toISOString(),
      updatedAt: new Date(updatedAt).toISOString(),
    };
  }
}

function settingsOf({ agent, replicas, stopped }: DeploymentRecord): object {
  return { agent, replicas, stopped };
}
