import { Controller, Get, Param, Query } from '@nestjs/common';
import { AGENT_SKILLS, failure, FailureError, PageQuerySchema, pageSchema, SkillSchema, type Page, type PageQuery, type SkillView } from '#libs/contracts';
import { invalid } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../auth/access.js';
import { Operation } from '../operation/operation.js';
import { SkillCatalog } from '../orchestrator/skills/skill-catalog.js';

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
  list(@Query({ schema: PageQuerySchema }) { limit, cursor }: PageQuery): Page<SkillView> {
    const from = cursor === undefined ? 0 : this.#views.findIndex(({ name }) => name === cursor) + 1;
    if (cursor !== undefined && from === 0) throw new FailureError(invalid([{ path: ['cursor'], message: 'was not made by this list' }]));
    const items = this.#views.slice(from, from + limit);
    return { items, nextCursor: from + limit < this.#views.length ? (items.at(-1)?.name ?? null) : null };
  }

  @Get(':name')
  @Operation('Reads a skill.', SkillSchema)
  get(@Param('name') name: string): SkillView {
    const found = this.#views.find((skill) => skill.name === name);
    if (found === undefined) throw new FailureError(failure('not_found', 'no such skill'));
    return found;
  }
}
