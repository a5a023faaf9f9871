import { Injectable } from '@nestjs/common';
import { FailureError } from '#libs/contracts';
import type { ClaimedTurn } from '#libs/ports';
import { AgentCatalog } from './agents/agent-catalog.js';
import type { BackEnd, BackEndUser } from './models/back-end.js';
import { OrchestratorService, type LostTurn, type TurnEvent } from './orchestrator.service.js';

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

  override get backEnds(): ReadonlyMap<BackEnd, readonly BackEndUser[]> {
    return this.catalog.backEnds;
  }

  override modelOf(agent: string, tenantId: string): string | null {
    return this.catalog.find(agent, tenantId)?.modelName ?? null;
  }

  override skillsOf(agent: string, tenantId: string): readonly string[] {
    return this.catalog.find(agent, tenantId)?.skillNames ?? [];
  }

  knows(agent: string, tenantId: string): boolean {
    return this.catalog.find(agent, tenantId) !== null;
  }

  override async countLost(turn: LostTurn): Promise<void> {
    await this.catalog.find(turn.agent, turn.tenantId)?.countLost(turn);
  }

  run(turn: ClaimedTurn, signal: AbortSignal): AsyncIterable<TurnEvent> {
    const agent = this.catalog.find(turn.agent, turn.tenantId);
    if (agent === null) throw FailureError.of('execution_failed', `There is no agent named ${turn.agent} any more.`);
    return agent.run(turn, signal);
  }
}
