import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService } from '@nestjs/terminus';
import { z } from 'zod';
import { Clock } from '#libs/ports';
import type { Probe } from './probe.js';
import { ProbeIndicator } from './probe-indicator.js';

const CheckSchema = z.object({
  status: z.enum(['up', 'down']),
  since: z.iso.datetime({ precision: 3 }).describe('since when it has this status'),
  detail: z.string().optional(),
});
export type CheckView = Readonly<z.infer<typeof CheckSchema>>;

/** What `GET /health/ready` answers. */
export const ReadinessSchema = z
  .object({ status: z.enum(['ok', 'degraded', 'unavailable']), checks: z.record(z.string(), CheckSchema) })
  .meta({ id: 'Readiness' });
export type ReadinessView = Readonly<z.infer<typeof ReadinessSchema>>;

/** What Terminus says, as a value or inside its exception. */
const ResultSchema = z.object({
  status: z.enum(['ok', 'degraded', 'error', 'shutting_down']),
  details: z.record(z.string(), z.object({ status: z.enum(['up', 'degraded', 'down']), message: z.string().optional() })),
});
type Result = z.infer<typeof ResultSchema>;

const STATUS = { ok: 'ok', degraded: 'degraded', error: 'unavailable', shutting_down: 'unavailable' } as const;

/** Whether the gateway can do its work now: from real probes, each asked no oftener than it allows. */
@Injectable()
export class Readiness {
  readonly #probes = new Map<string, Probe>();
  readonly #seen = new Map<string, CheckView>();

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicator: ProbeIndicator,
    private readonly clock: Clock,
  ) {}

  /** Throws when the name is taken: two probes under one name would be asked as one. */
  register(probe: Probe): void {
    if (this.#probes.has(probe.name)) throw new Error(`There is a probe ${probe.name} already.`);
    this.#probes.set(probe.name, probe);
  }

  async view(): Promise<ReadinessView> {
    const probes = [...this.#probes.values()];
    const { status, details } = await this.#result(probes);
    for (const { name } of probes) this.#see(name, details[name]);
    return { status: STATUS[status], checks: Object.fromEntries(this.#seen) };
  }

  async #result(probes: readonly Probe[]): Promise<Result> {
    try {
      return ResultSchema.parse(await this.health.check(probes.map((probe) => () => this.indicator.check(probe))));
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return ResultSchema.parse(error.getResponse());
      throw error;
    }
  }

  #see(name: string, said: Result['details'][string] | undefined): void {
    const status = said?.status === 'up' ? 'up' : 'down';
    const before = this.#seen.get(name);
    const since = before?.status === status ? before.since : new Date(this.clock.now()).toISOString();
    this.#seen.set(name, { status, since, ...(said?.message === undefined ? {} : { detail: said.message }) });
  }
}
