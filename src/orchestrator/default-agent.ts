import type { Config } from '../config/config.js';
import type { Clock, History, Notes } from '#libs/ports';
import type { Agent } from './agents/agent.js';
import { ModelAgent } from './agents/model-agent.js';
import { ConciergeModel } from './models/concierge-model.js';
import { LocalModel } from './models/model.js';
import { calculatorSkill } from './skills/calculator.skill.js';
import { clockSkill } from './skills/clock.skill.js';
import { notesSkill } from './skills/notes.skill.js';

export const CONCIERGE = 'local/concierge';

/** The agent that the settings name: `concierge` for the embedded model, `assistant` for every other. */
export function defaultAgent(config: Config, history: History, notes: Notes, clock: Clock): Agent {
  const skills = [clockSkill(clock), calculatorSkill(), notesSkill(notes, clock)];
  const model = new LocalModel(CONCIERGE, new ConciergeModel());
  return new ModelAgent({ name: 'concierge', model, instructions: null, skills, historyTokens: 0, files: 'text' }, history);
}
