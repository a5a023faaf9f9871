import { Module, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Clock, History, ModelBudget, NO_TRACING, Notes, Tracing, type ClaimedTurn } from '#libs/ports';
import { readConfig } from '../../src/config/config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { Log } from '../../src/observability/log.js';
import { Agent } from '../../src/orchestrator/agents/agent.js';
import { AgentCatalog } from '../../src/orchestrator/agents/agent-catalog.js';
import { OrchestratorModule } from '../../src/orchestrator/orchestrator.module.js';
import { OrchestratorService, type TurnEvent } from '../../src/orchestrator/orchestrator.service.js';
import { SystemClock } from '../../src/runtime/system-clock.js';
import { LimitsInForce } from '../../src/throttling/limits-in-force.js';
import { Prices } from '../../src/throttling/prices.js';
import { TenantLimitsBook } from '../../src/throttling/tenant-limits-book.js';
import { TokenBudgets } from '../../src/throttling/token-budgets.js';
import { Road } from './road.js';

class Parrot extends Agent {
  constructor(
    readonly name: string,
    override readonly tenantId: string | null = null,
  ) {
    super();
  }

  async *run(turn: ClaimedTurn): AsyncGenerator<TurnEvent> {
    yield { type: 'text', text: `${this.name}: ${JSON.stringify(turn.content)}` };
    yield { type: 'completed', model: 'none', usage: { inputTokens: 0, outputTokens: 0 } };
  }
}

@Module({})
class PortsModule {
  static of(road: Road): DynamicModule {
    const config = readConfig({ LOG_LEVEL: 'silent' });
    const providers = [
      { provide: History, useValue: road.store.history },
      { provide: Notes, useValue: road.store.notes },
      { provide: Clock, useClass: SystemClock },
      { provide: Tracing, useValue: NO_TRACING },
      {
        provide: ModelBudget,
        useValue: new TokenBudgets(
          road.store.usage,
          road.store.keys,
          new TenantLimitsBook(road.store.tenants),
          new LimitsInForce(),
          new Prices(config),
          config,
          new SystemClock(),
          new Log(config),
        ),
      },
    ];
    return { module: PortsModule, global: true, providers, exports: [History, Notes, Clock, ModelBudget, Tracing] };
  }
}

let road: Road;

beforeEach(() => {
  road = new Road();
});
afterEach(() => road.close());

async function orchestrator(env: Record<string, string>, agents: readonly Agent[] = []): Promise<OrchestratorService> {
  const imports = [ConfigModule.with(readConfig(env)), PortsModule.of(road), OrchestratorModule.with({ agents })];
  return (await Test.createTestingModule({ imports }).compile()).get(OrchestratorService);
}

describe('the agents of a gateway', () => {
  it('are the concierge alone when nothing is set', async () => {
    const service = await orchestrator({});
    expect(service.defaultAgent).toBe('concierge');
    expect(service.knows('concierge', 'default')).toBe(true);
    expect(service.knows('assistant', 'default')).toBe(false);
    expect(service.knows('__proto__', 'default')).toBe(false);
  });

  it('have an assistant as default when a model is set', async () => {
    const service = await orchestrator({ AGENT_MODEL: 'openai/gpt-tiny', OPENAI_API_KEY: 'k' });
    expect(service.defaultAgent).toBe('assistant');
  });

  it('may be given by the team, in process, for one tenant or all', async () => {
    const service = await orchestrator({}, [new Parrot('parrot'), new Parrot('secret', 'acme')]);
    expect(service.knows('parrot', 'acme')).toBe(true);
    expect(service.knows('secret', 'acme')).toBe(true);
    expect(service.knows('secret', 'default')).toBe(false);
    const turn = { ...(await road.start('hi')), agent: 'parrot' };
    const events: TurnEvent[] = [];
    for await (const event of service.run(turn, new AbortController().signal)) events.push(event);
    expect(events[0]).toEqual({ type: 'text', text: 'parrot: "hi"' });
  });

  it('fail a turn whose agent went away', async () => {
    const service = await orchestrator({});
    const turn = { ...(await road.start('hi')), agent: 'gone' };
    expect(() => service.run(turn, new AbortController().signal)).toThrow('no agent named gone');
  });

  it('do not share a name', () => {
    expect(() => new AgentCatalog(new Parrot('a'), [new Parrot('a')])).toThrow('two agents are named a');
  });
});
