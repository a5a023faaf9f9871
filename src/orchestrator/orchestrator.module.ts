import { Module, type DynamicModule } from '@nestjs/common';
import { Clock, History, ModelBudget, Notes, Tracing } from '#libs/ports';
import { Config } from '../config/config.js';
import { AgentCatalog } from './agents/agent-catalog.js';
import type { Agent } from './agents/agent.js';
import { CatalogOrchestrator } from './catalog-orchestrator.js';
import { defaultAgent } from './default-agent.js';
import { RegisteredAgents } from './registered-agents.js';
import { OrchestratorService } from './orchestrator.service.js';
import { SkillCatalog } from './skills/skill-catalog.js';

/** Gives `OrchestratorService`. Expects `Config` and the ports `History`, `Notes` and `Clock` from global modules. */
@Module({})
export class OrchestratorModule {
  /** `agents`: in-process agents beside the one that the settings name. */
  static with({ agents = [] }: { readonly agents?: readonly Agent[] } = {}): DynamicModule {
    return {
      module: OrchestratorModule,
      global: true,
      providers: [
        {
          provide: AgentCatalog,
          useFactory: (config: Config, history: History, notes: Notes, clock: Clock, budget: ModelBudget, tracing: Tracing) =>
            new AgentCatalog(defaultAgent({ config, history, notes, clock, budget, tracing }), agents),
          inject: [Config, History, Notes, Clock, ModelBudget, Tracing],
        },
        RegisteredAgents,
        SkillCatalog,
        { provide: OrchestratorService, useClass: CatalogOrchestrator },
      ],
      exports: [OrchestratorService, RegisteredAgents, SkillCatalog],
    };
  }
}
