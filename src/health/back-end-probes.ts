import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '#libs/ports';
import { AgentHealth } from '../gateway/agent-health.js';
import type { BackEnd } from '../orchestrator/models/back-end.js';
import { Lifecycle } from '../lifecycle/lifecycle.js';
import { OrchestratorService } from '../orchestrator/orchestrator.service.js';

const NO_OFTENER_THAN_MS = 1_000;
const ANSWER_WITHIN_MS = 1_500;
const LOOK_EVERY_MS = 15_000;
/** One that is down is asked sooner, so that its agents recover soon. */
const LOOK_AGAIN_MS = 3_000;

interface Known {
  askedAt: number;
  answer: Promise<string | null>;
}

/**
 * Asks what lies behind the agents' models whether it works: by itself every 15 s (every 3 s while one is down), and when readiness is
 * asked for; each at most once a second. What it hears is its agents' health.
 */
@Injectable()
export class BackEndProbes implements OnApplicationBootstrap {
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly orchestrator: OrchestratorService,
    private readonly agents: AgentHealth,
    private readonly clock: Clock,
    private readonly lifecycle: Lifecycle,
  ) {}

  onApplicationBootstrap(): void {
    void this.#lookNowAndThen();
  }

  /** Which back ends do not work and why, in one line; null when all do. */
  async down(): Promise<string | null> {
    const reasons = await Promise.all([...this.orchestrator.backEnds.keys()].map((backEnd) => this.#ask(backEnd)));
    const told = reasons.filter((reason) => reason !== null);
    return told.length === 0 ? null : told.join('; ');
  }

  async #lookNowAndThen(): Promise<void> {
    let waitMs = LOOK_EVERY_MS;
    while (!this.lifecycle.shuttingDown) {
      await delay(waitMs, undefined, { ref: false });
      if (!this.lifecycle.shuttingDown) waitMs = (await this.down()) === null ? LOOK_EVERY_MS : LOOK_AGAIN_MS;
    }
  }

  #ask(backEnd: BackEnd): Promise<string | null> {
    const now = this.clock.now();
    const before = this.#known.get(backEnd.name);
    if (before !== undefined && now - before.askedAt < NO_OFTENER_THAN_MS) return before.answer;
    const answer = this.#probe(backEnd);
    this.#known.set(backEnd.name, { askedAt: now, answer });
    return answer;
  }

  async #probe(backEnd: BackEnd): Promise<string | null> {
    const reason = await backEnd.probe(AbortSignal.timeout(ANSWER_WITHIN_MS));
    const told = reason === null ? null : `${backEnd.name} ${reason}`;
    for (const [used, users] of this.orchestrator.backEnds) {
      if (used.name === backEnd.name) for (const { tenantId, agent } of users) this.agents.probed(tenantId, agent, told);
    }
    return told;
  }
}
