import { Controller, Get, Query } from '@nestjs/common';
import { FailureError, OpenTurnSchema, PageQuerySchema, pageSchema, type OpenTurnView, type Page, type PageQuery, type Principal } from '#libs/contracts';
import { BAD_CURSOR } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Figures } from '#libs/ports';
import { Requires } from '../auth/access.js';
import { Caller } from '../auth/caller.js';
import { SessionQueue } from '../gateway/session-queue.js';
import { Operation } from '../operation/operation.js';

/** What waits and what runs. */
@Controller('api/v1/control-plane/queue')
export class QueueController {
  constructor(
    private readonly figures: Figures,
    private readonly queue: SessionQueue,
  ) {}

  @Get()
  @Requires(PERMISSIONS.readControlPlane)
  @Operation('Lists the turns that wait or run, the oldest first.', pageSchema(OpenTurnSchema))
  async list(@Caller() { tenantId }: Principal, @Query({ schema: PageQuerySchema }) { limit, cursor }: PageQuery): Promise<Page<OpenTurnView>> {
    const page = await this.figures.open(tenantId, { limit, cursor: cursor ?? null });
    if (page === 'bad_cursor') throw new FailureError(BAD_CURSOR);
    const items = page.items.map(({ acceptedAt, state, ...turn }): OpenTurnView => {
      const parked = state === 'queued' && this.queue.slots.isStopped(tenantId, turn.agent);
      return { ...turn, state: parked ? 'parked' : state, acceptedAt: new Date(acceptedAt).toISOString() };
    });
    return { items, nextCursor: page.nextCursor };
  }
}
