import { Injectable } from '@nestjs/common';
import { Clock, Notes } from '#libs/ports';
import { builtInSkills } from './built-in-skills.js';
import type { Skill } from './skill.js';

/** The skills that agents may be given, the same for every tenant. */
@Injectable()
export class SkillCatalog {
  readonly all: readonly Skill[];

  constructor(notes: Notes, clock: Clock) {
    this.all = builtInSkills(notes, clock);
  }
}
