import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Page } from '#libs/contracts';
import { Clock, IdGenerator, Registrations, type BadCursor, type PageRequest, type Registration } from '#libs/ports';
import { InTurn } from '../in-turn.js';

const StoredSchema = z.object({
  /** Null: as many as the gateway runs. */
  replicas: z.int().nullable(),
  stopped: z.boolean(),
  restartedAt: z.int().nullable(),
  createdAt: z.int(),
  updatedAt: z.int(),
});

/** A deployment as it is kept. Times are milliseconds since the epoch. */
export interface DeploymentRecord extends Readonly<z.infer<typeof StoredSchema>> {
  readonly id: string;
  readonly tenantId: string;
  readonly agent: string;
}

/** The deployments of all tenants: kept in the store, one truth, and known to this process. */
@Injectable()
export class DeploymentRecords {
  readonly #byAgent = new Map<string, DeploymentRecord>();
  readonly #byId = new Map<string, DeploymentRecord>();
  readonly #inTurn = new InTurn();

  constructor(
    private readonly registrations: Registrations,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async load(): Promise<readonly DeploymentRecord[]> {
    const records = (await this.registrations.all('deployment')).map(toRecord);
    for (const record of records) this.#know(record);
    return records;
  }

  /**
   * Runs the changes of a tenant's agents and deployments one after another, each from reading to writing: none undoes another, what the
   * audit log says was there before was there, and no agent goes while it is being deployed. Not to be nested.
   */
  inTurn<Result>(tenantId: string, change: () => Promise<Result>): Promise<Result> {
    return this.#inTurn.run(tenantId, change);
  }

  ofAgent(tenantId: string, agent: string): DeploymentRecord | null {
    return this.#byAgent.get(keyOf(tenantId, agent)) ?? null;
  }

  find(id: string, tenantId: string): DeploymentRecord | null {
    const record = this.#byId.get(id);
    return record?.tenantId === tenantId ? record : null;
  }

  ofTenant(tenantId: string): readonly DeploymentRecord[] {
    return [...this.#byId.values()].filter((record) => record.tenantId === tenantId);
  }

  /** Null when the agent has one. */
  async add(tenantId: string, agent: string, replicas: number | null): Promise<DeploymentRecord | null> {
    const at = this.clock.now();
    const record = { id: this.ids.next(), tenantId, agent, replicas, stopped: false, restartedAt: null, createdAt: at, updatedAt: at };
    if ((await this.registrations.add(toRegistration(record))) !== 'added') return null;
    this.#know(record);
    return record;
  }

  /** Null when it is gone. */
  async change(
    { id, tenantId }: DeploymentRecord,
    change: Partial<Pick<DeploymentRecord, 'replicas' | 'stopped' | 'restartedAt'>>,
  ): Promise<DeploymentRecord | null> {
    const before = this.find(id, tenantId);
    if (before === null) return null;
    const record = { ...before, ...change, updatedAt: this.clock.now() };
    if (!(await this.registrations.change('deployment', tenantId, id, toRegistration(record).json))) return null;
    this.#know(record);
    return record;
  }

  async remove({ id, tenantId, agent }: DeploymentRecord): Promise<boolean> {
    if (!(await this.registrations.remove('deployment', tenantId, id))) return false;
    this.#byId.delete(id);
    this.#byAgent.delete(keyOf(tenantId, agent));
    return true;
  }

  async list(tenantId: string, page: PageRequest): Promise<Page<DeploymentRecord> | BadCursor> {
    const found = await this.registrations.list('deployment', tenantId, page);
    return found === 'bad_cursor' ? found : { items: found.items.map(toRecord), nextCursor: found.nextCursor };
  }

  #know(record: DeploymentRecord): void {
    this.#byId.set(record.id, record);
    this.#byAgent.set(keyOf(record.tenantId, record.agent), record);
  }
}

function toRecord({ id, tenantId, name, json }: Registration): DeploymentRecord {
  return { id, tenantId, agent: name, ...StoredSchema.parse(JSON.parse(json)) };
}

function toRegistration({ id, tenantId, agent, ...kept }: DeploymentRecord): Registration {
  return { kind: 'deployment', tenantId, id, name: agent, json: JSON.stringify(kept) };
}

function keyOf(tenantId: string, agent: string): string {
  return JSON.stringify([tenantId, agent]);
}
