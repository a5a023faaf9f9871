import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { Probe } from './probe.js';

const ANSWER_WITHIN_MS = 2000;

/** Asks probes as Terminus asks its indicators: within a deadline, and no oftener than the probe allows. */
@Injectable()
export class ProbeIndicator {
  constructor(private readonly indicators: HealthIndicatorService) {}

  /** `up`, or the reason under `message`: `down` where the probe is critical, `degraded` where it is not. Never rejects. */
  async check(probe: Probe): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(probe.name);
    const attempt = indicator.attempt(() => ask(probe)).withTimeout(ANSWER_WITHIN_MS);
    const result = await (probe.everyMs > 0 ? attempt.cacheFor(probe.everyMs) : attempt);
    const { status, ...reason } = result[probe.name] ?? { status: 'down' };
    return status === 'down' && probe.weight === 'degrading' ? indicator.degraded(reason) : result;
  }
}

async function ask(probe: Probe): Promise<void> {
  const reason = await reasonOf(probe);
  if (reason !== null) throw new Error(reason);
}

/** What a driver says of its trouble can name hosts and users, and anybody may read the answer. */
async function reasonOf(probe: Probe): Promise<string | null> {
  try {
    return await probe.check();
  } catch (error) {
    throw new Error('does not work', { cause: error });
  }
}
