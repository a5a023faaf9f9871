import { Injectable } from '@nestjs/common';
import { Clock, History, ModelBudget, Notes, type ClaimedTurn } from '#libs/ports';
import { Config } from '../config/config.js';
import { Agent } from './agents/agent.js';
import { AgentCatalog } from './agents/agent-catalog.js';
import { ModelAgent } from './agents/model-agent.js';
import { ConciergeModel } from './models/concierge-model.js';
import { LocalModel, type Model } from './models/model.js';
import type { TurnEvent } from './orchestrator.service.js';
import { namedModel } from './providers/provider-models.js';
import { calculatorSkill } from './skills/calculator.skill.js';
import { clockSkill } from './skills/clock.skill.js';
import { notesSkill } from './skills/notes.skill.js';
import type { Skill } from './skills/skill.js';

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
  constructor(
    override readonly tenantId: string,
    private readonly agent: Agent,
  ) {
    super();
  }

  get name(): string {
    return this.agent.name;
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
    private readonly notes: Notes,
    private readonly clock: Clock,
    private readonly budget: ModelBudget,
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
    const skills: Record<AgentDefinition['skills'][number], () => Skill> = {
      clock: () => clockSkill(this.clock),
      calculator: () => calculatorSkill(),
      notes: () => notesSkill(this.notes, this.clock),
    };
    const chosen = [...new Set(wanted)].map((skill) => skills[skill]());
    const options = { name, model, instructions, skills: chosen, historyTokens: local ? 0 : HISTORY_TOKENS, files: local ? 'text' : 'parts' } as const;
    this.catalog.put(new TenantAgent(tenantId, new ModelAgent(options, this.history, this.budget)));
    return true;
  }

  remove(tenantId: string, name: string): void {
    this.catalog.remove(tenantId, name);
  }
}
