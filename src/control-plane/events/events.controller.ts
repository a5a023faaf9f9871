import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ControlEventSchema, FailureError, PageQuerySchema, pageSchema, type Principal } from '#libs/contracts';
import { BAD_CURSOR, invalid } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { ControlEvents } from '#libs/ports';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Operation } from '../../operation/operation.js';
import { EventFeed, toControlEvent } from './event-feed.js';
import { EventReaders } from './event-readers.js';

const NumberSchema = z.string().regex(/^\d{1,15}$/, 'must be the number of an event').transform(Number);
const QuerySchema = PageQuerySchema.extend({ after: NumberSchema.optional().describe('Of the stream: the last number that was seen') });

/** What happens in the gateway: in pages, or as it happens. */
@Controller('api/v1/control-plane/events')
@Requires(PERMISSIONS.readControlPlane)
export class EventsController {
  constructor(
    private readonly store: ControlEvents,
    private readonly readers: EventReaders,
    private readonly feed: EventFeed,
  ) {}

  @Get()
  @Operation('Lists what happened in the gateway, newest first; with Accept: text/event-stream, streams it as it happens.', pageSchema(ControlEventSchema), {
    problems: ['overloaded', 'shutting_down'],
    headers: {
      accept: '`text/event-stream` for the stream.',
      'last-event-id': 'The number of the last event that was seen; it counts more than `after`.',
    },
  })
  async events(
    @Caller() caller: Principal,
    @Query({ schema: QuerySchema }) query: z.infer<typeof QuerySchema>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (request.headers.accept?.includes('text/event-stream') === true) {
      await this.readers.read(reply, caller, lastEventId(request.headers['last-event-id']) ?? query.after ?? null);
      return;
    }
    await this.feed.flush();
    const page = await this.store.list(caller.tenantId, { limit: query.limit, cursor: query.cursor ?? null });
    if (page === 'bad_cursor') throw new FailureError(BAD_CURSOR);
    reply.send({ items: page.items.map(toControlEvent), nextCursor: page.nextCursor });
  }
}

function lastEventId(header: string | string[] | undefined): number | null {
  if (header === undefined || header === '') return null;
  const parsed = NumberSchema.safeParse(header);
  if (!parsed.success) throw new FailureError(invalid([{ path: ['Last-Event-ID'], message: 'must be the number of an event' }]));
  return parsed.data;
}
