import { Injectable } from '@nestjs/common';
import { History, ModelBudget, Tracing, type ClaimedTurn } from '#libs/ports';
import { Config } from '../config/config.js';
import { Agent } from './agents/agent.js';
import { AgentCatalog } from './agents/agent-catalog.js';
import { ModelAgent } from './agents/model-agent.js';
import { ConciergeModel } from './models/concierge-model.js';
import { LocalModel, type Model } from './models/model.js';
import type { LostTurn, TurnEvent } from './orchestrator.service.js';
import { namedModel } from './providers/provider-models.js';
import { SkillCatalog } from './skills/skill-catalog.js';

const HISTORY_TOKENS = 8000;
const LOCAL_MODEL = 'local/concierge';

export interface AgentDefinition {
  readonly tenantId: string;
  readonly name: string;
  /** `provider/model`. */
  readonly model: string;
  readonly instructions: string | null;
  readonly skills: readonly ('clock' | 'calculator' | 'notes')[];
}

/** A tenant's own agent. */
class TenantAgent extends Agent {
  override readonly backEnd;
  override readonly modelName;
  override readonly skillNames;

  constructor(
    override readonly tenantId: string,
    private readonly agent: Agent,
  ) {
    super();
    this.backEnd = agent.backEnd;
    this.modelName = agent.modelName;
    this.skillNames = agent.skillNames;
  }

  get name(): string {
    return this.agent.name;
  }

  override countLost(turn: LostTurn): Promise<void> {
    return this.agent.countLost(turn);
  }

  run(turn: ClaimedTurn, signal: AbortSignal): AsyncIterable<TurnEvent> {
    return this.agent.run(turn, signal);
  }
}

/** Puts agents that operators define into the catalog. Their models are asked with the settings' keys and addresses. */
@Injectable()
export class RegisteredAgents {
  constructor(
    private readonly config: Config,
    private readonly catalog: AgentCatalog,
    private readonly history: History,
    private readonly skills: SkillCatalog,
    private readonly budget: ModelBudget,
    private readonly tracing: Tracing,
  ) {}

  /** True when the settings name what is needed to ask this model. */
  canAsk(model: string): boolean {
    return model === LOCAL_MODEL || namedModel(model, this.config.settings) !== null;
  }

  /** Puts the agent in, or in the place of the one of its name; false when its model cannot be asked. */
  put({ tenantId, name, model: modelName, instructions, skills: wanted }: AgentDefinition): boolean {
    const local = modelName === LOCAL_MODEL;
    const model: Model | null = local ? new LocalModel(modelName, new ConciergeModel()) : namedModel(modelName, this.config.settings);
    if (model === null) return false;
    const chosen = this.skills.all.filter(({ tool }) => wanted.some((name) => name === tool.name));
    const options = { name, model, instructions, skills: chosen, historyTokens: local ? 0 : HISTORY_TOKENS, files: local ? 'text' : 'parts' } as const;
    this.catalog.put(new TenantAgent(tenantId, new ModelAgent(options, this.history, this.budget, this.tracing)));
    return true;
  }

  remove(tenantId: string, name: string): void {
    this.catalog.remove(tenantId, name);
  }
}
