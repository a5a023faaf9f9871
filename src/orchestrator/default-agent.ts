import type { Config } from '../config/config.js';
import type { Clock, History, ModelBudget, Notes, Tracing } from '#libs/ports';
import type { Agent } from './agents/agent.js';
import { ModelAgent } from './agents/model-agent.js';
import { ConciergeModel } from './models/concierge-model.js';
import { LocalModel } from './models/model.js';
import type { ProviderDeadlines } from './providers/provider-model.js';
import { providerModel } from './providers/provider-models.js';
import { builtInSkills } from './skills/built-in-skills.js';

const HISTORY_TOKENS = 8000;
const INSTRUCTIONS = 'You are a helpful assistant. Answer briefly and truthfully. Use the tools for sums, for the time and for notes of this conversation.';

/** What the default agent needs from outside. */
export interface Surroundings {
  readonly config: Config;
  readonly history: History;
  readonly notes: Notes;
  readonly clock: Clock;
  /** Absent: models may be asked without end. */
  readonly budget?: ModelBudget;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing;
}

/** The agent that the settings name: `concierge` for the embedded model, `assistant` for every other. */
export function defaultAgent({ config, history, notes, clock, budget, tracing }: Surroundings, deadlines?: ProviderDeadlines): Agent {
  const skills = builtInSkills(notes, clock);
  const model = providerModel(config.settings, deadlines);
  if (model !== null) {
    return new ModelAgent({ name: 'assistant', model, instructions: INSTRUCTIONS, skills, historyTokens: HISTORY_TOKENS, files: 'parts' }, history, budget, tracing);
  }
  const concierge = new LocalModel(config.settings.AGENT_MODEL, new ConciergeModel());
  return new ModelAgent({ name: 'concierge', model: concierge, instructions: null, skills, historyTokens: 0, files: 'text' }, history, budget, tracing);
}
