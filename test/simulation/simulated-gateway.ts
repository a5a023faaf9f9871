import { failure, type Accepted, type Principal, type SendMessage } from '#libs/contracts';
import { ok, refused, type JoinGrant, type Outcome, type Subscriber } from '#libs/channel-sdk';
import { Clock, History, IdGenerator, Inbox, StorageError, type Decision } from '#libs/ports';
import { Config } from '../../src/config/config.js';
import { Cancellation } from '../../src/gateway/cancellation.js';
import { Drain } from '../../src/gateway/drain.js';
import { Ingress } from '../../src/gateway/ingress.js';
import { Joins } from '../../src/gateway/joins.js';
import { Recovery } from '../../src/gateway/recovery.js';
import { SessionQueue } from '../../src/gateway/session-queue.js';
import { AgentCatalog } from '../../src/orchestrator/agents/agent-catalog.js';
import { ModelAgent } from '../../src/orchestrator/agents/model-agent.js';
import { CatalogOrchestrator } from '../../src/orchestrator/catalog-orchestrator.js';
import { OrchestratorService } from '../../src/orchestrator/orchestrator.service.js';
import { MessageLimits } from '../../src/throttling/message-limits.js';
import type { Fate, SimulatedInbox } from './simulated-inbox.js';
import { SimulatedModel, type SimulatedReceiver } from './simulated-model.js';
import type { SimulatedTime } from './simulated-time.js';
import type { Wiring } from './wiring.js';

class NoLimits extends MessageLimits {
  override take(): Decision {
    return { allowed: true, quotas: [], retryAfterMs: 0 };
  }

  override of() {
    return { messagesPerMinute: Infinity, messagesPerHour: Infinity };
  }
}

export interface Surroundings {
  readonly config: Config;
  /** The ports of the store, each with its adapter. */
  readonly ports: Wiring;
  readonly inbox: SimulatedInbox;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly time: SimulatedTime;
  readonly random: () => number;
  readonly receiver: SimulatedReceiver;
  /** A skill reaches the service after its process was stalled: another process may have made the same call, or may make it still. */
  readonly onLateCall: () => void;
}

/** One process of the gateway, from its start to its death: the road of the product on a store that outlives it. */
export class SimulatedGateway {
  readonly #wiring: Wiring;
  readonly #wakesAt: { ms: number } = { ms: 0 };
  fate: Fate = 'alive';

  constructor(private readonly around: Surroundings) {
    const { config, ports, inbox, clock, ids, time, random, receiver } = around;
    const sleep = (ms: number) => this.#sleep(ms);
    const callTime = () => {
      if (this.fate === 'stalled') around.onLateCall();
      return time.now;
    };
    const skills = (['keyed', 'bare'] as const).map((kind) => receiver.skill(kind, sleep, callTime, random));
    const agent = new ModelAgent({ name: 'chaos', model: new SimulatedModel(sleep, random), instructions: null, skills, historyTokens: 0, files: 'text' }, ports.get(History));
    this.#wiring = ports.with([
      [Config, config],
      [Inbox, inbox],
      [Clock, clock],
      [IdGenerator, ids],
      [MessageLimits, new NoLimits()],
      [OrchestratorService, new CatalogOrchestrator(new AgentCatalog(agent, []))],
    ]);
  }

  /** The way in, as every door takes it. */
  async send(principal: Principal, message: SendMessage, subscriber: Subscriber): Promise<Outcome<Accepted>> {
    const outcome = await answered(this.#wiring.get(Ingress).send(principal, message, { channel: 'http', subscriber }));
    return outcome.ok ? ok(outcome.value.accepted) : outcome;
  }

  join(principal: Principal, sessionId: string, after: number, subscriber: Subscriber): Promise<Outcome<JoinGrant>> {
    return answered(this.#wiring.get(Joins).join(principal, { sessionId, after }, subscriber));
  }

  async cancel(principal: Principal, turnId: string): Promise<void> {
    await answered(this.#wiring.get(Cancellation).cancel(principal, { turnId }));
  }

  forget(subscriber: Subscriber): void {
    this.#wiring.get(Joins).forget(subscriber);
  }

  async start(): Promise<void> {
    await this.#wiring.get(Recovery).run();
    this.#wiring.get(SessionQueue).resume();
  }

  dies(fate: 'killed' | 'stalled', wakesAfterMs: number): void {
    this.fate = fate;
    this.#wakesAt.ms = this.around.time.now + wakesAfterMs;
    this.around.inbox.meets(fate, wakesAfterMs);
  }

  drain(deadline: AbortSignal): Promise<void> {
    return this.#wiring.get(Drain).run(deadline);
  }

  #sleep(ms: number): Promise<void> {
    const { time } = this.around;
    return new Promise((resolve) => {
      time.at(time.now + ms, () => {
        if (this.fate === 'killed') return;
        if (this.fate === 'stalled' && time.now < this.#wakesAt.ms) time.at(this.#wakesAt.ms, resolve);
        else resolve();
      });
    });
  }
}

async function answered<Value>(asked: Promise<Outcome<Value>>): Promise<Outcome<Value>> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return refused(failure('storage_unavailable', error.message));
  }
}
