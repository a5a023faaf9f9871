import type { Clock, Notes } from '#libs/ports';
import { calculatorSkill } from './calculator.skill.js';
import { clockSkill } from './clock.skill.js';
import { notesSkill } from './notes.skill.js';
import type { Skill } from './skill.js';

/** All skills that come with the gateway. */
export function builtInSkills(notes: Notes, clock: Clock): readonly Skill[] {
  return [clockSkill(clock), calculatorSkill(), notesSkill(notes, clock)];
}
