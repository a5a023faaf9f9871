import { Controller, Get, Param, Query } from '@nestjs/common';
import { AGENT_SKILLS, failure, FailureError, PageQuerySchema, pageSchema, SkillSchema, type Page, type PageQuery, type SkillView } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../auth/access.js';
import { Operation } from '../operation/operation.js';
import { SkillCatalog } from '../orchestrator/skills/skill-catalog.js';
import { pageByName } from './page-by-name.js';

/** What agents may be given to call. */
@Controller('api/v1/skills')
@Requires(PERMISSIONS.readControlPlane)
export class SkillsController {
  readonly #views: readonly SkillView[];

  constructor(skills: SkillCatalog) {
    this.#views = AGENT_SKILLS.flatMap((name) =>
      skills.all
        .filter(({ tool }) => tool.name === name)
        .map(({ tool, idempotent }) => ({ name, description: tool.description ?? '', input: { ...tool.inputSchema }, idempotent })),
    );
  }

  @Get()
  @Operation('Lists the skills that agents may be given.', pageSchema(SkillSchema))
  list(@Query({ schema: PageQuerySchema }) page: PageQuery): Page<SkillView> {
    return pageByName(this.#views, page);
  }

  @Get(':name')
  @Operation('Reads a skill.', SkillSchema)
  get(@Param('name') name: string): SkillView {
    const found = this.#views.find((skill) => skill.name === name);
    if (found === undefined) throw new FailureError(failure('not_found', 'no such skill'));
    return found;
  }
}
