import { Injectable } from '@nestjs/common';
import { FailureError } from '#libs/contracts';
import type { ClaimedTurn } from '#libs/ports';
import { AgentCatalog } from './agents/agent-catalog.js';
import { OrchestratorService, type TurnEvent } from './orchestrator.service.js';

/** Hands each turn to the agent that the catalog holds under its name. */
@Injectable()
export class CatalogOrchestrator extends OrchestratorService {
  constructor(private readonly catalog: AgentCatalog) {
    super();
  }

  get defaultAgent(): string {
    return this.catalog.defaultAgent.name;
  }

  get builtIn(): readonly string[] {
    return this.catalog.builtIn;
  }

  knows(agent: string, tenantId: string): boolean {
    return this.catalog.find(agent, tenantId) !== null;
  }

  run(turn: ClaimedTurn, signal: AbortSignal): AsyncIterable<TurnEvent> {
    const agent = this.catalog.find(turn.agent, turn.tenantId);
    if (agent === null) throw FailureError.of('execution_failed', `There is no agent named ${turn.agent} any more.`);
    return agent.run(turn, signal);
  }
}
