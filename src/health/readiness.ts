import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Clock } from '#libs/ports';
import type { Probe } from './probe.js';

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

const ANSWER_WITHIN_MS = 2000;

interface Entry {
  readonly probe: Probe;
  view: CheckView | null;
  askedAt: number;
  asking: Promise<void> | null;
}

/** Whether the gateway can do its work now: from real probes, each asked no oftener than it allows. */
@Injectable()
export class Readiness {
  readonly #entries: Entry[] = [];

  constructor(private readonly clock: Clock) {}

  register(probe: Probe): void {
    this.#entries.push({ probe, view: null, askedAt: -Infinity, asking: null });
  }

  async view(): Promise<ReadinessView> {
    await Promise.all(this.#entries.map((entry) => this.#ask(entry)));
    const checks: Record<string, CheckView> = {};
    for (const { probe, view } of this.#entries) if (view !== null) checks[probe.name] = view;
    const down = this.#entries.filter(({ view }) => view?.status === 'down').map(({ probe }) => probe.weight);
    return { status: down.includes('critical') ? 'unavailable' : down.length > 0 ? 'degraded' : 'ok', checks };
  }

  #ask(entry: Entry): Promise<void> {
    if (entry.asking !== null) return entry.asking;
    if (performance.now() - entry.askedAt < entry.probe.everyMs) return Promise.resolve();
    entry.askedAt = performance.now();
    entry.asking = this.#check(entry).finally(() => (entry.asking = null));
    return entry.asking;
  }

  async #check(entry: Entry): Promise<void> {
    const reason = await answerOf(entry.probe);
    const status = reason === null ? 'up' : 'down';
    const since = entry.view?.status === status ? entry.view.since : new Date(this.clock.now()).toISOString();
    entry.view = { status, since, ...(reason === null ? {} : { detail: reason }) };
  }
}

async function answerOf(probe: Probe): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => (timer = setTimeout(() => resolve(`no answer within ${ANSWER_WITHIN_MS} ms`), ANSWER_WITHIN_MS)));
  try {
    return await Promise.race([probe.check(), late]);
  } catch {
    return 'does not work';
  } finally {
    clearTimeout(timer);
  }
}
