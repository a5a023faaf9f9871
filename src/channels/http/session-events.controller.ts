import { Controller, Get, Param, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { FailureError, type Principal } from '#libs/contracts';
import { Gateway, granted, invalid } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires, TicketAllowed } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Log } from '../../observability/log.js';
import { Operation } from '../../operation/operation.js';
import { HttpChannel } from './http.channel.js';
import { OpenDoorGuard } from './open-door.guard.js';

const SeqSchema = z.string().regex(/^\d{1,15}$/, 'must be the seq of an event').transform(Number);
const AfterSchema = z.object({ after: SeqSchema.optional() });

/** The events of a session as they happen, and before that the ones the reader has missed. */
@Controller('api/v1/sessions/:id/events')
@UseGuards(OpenDoorGuard)
export class SessionEventsController {
  constructor(
    private readonly gateway: Gateway,
    private readonly channel: HttpChannel,
    private readonly log: Log,
  ) {}

  @Get()
  @TicketAllowed()
  @Requires(PERMISSIONS.readOwnSessions)
  @Operation('Streams the events of a session: what was missed, then what happens.', null, {
    media: 'text/event-stream',
    problems: ['overloaded', 'shutting_down'],
    headers: { 'last-event-id': 'The `seq` of the last event that was seen; it counts more than `after`.' },
  })
  async events(
    @Caller() caller: Principal,
    @Param('id') sessionId: string,
    @Query({ schema: AfterSchema }) query: z.infer<typeof AfterSchema>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = lastEventId(request.headers['last-event-id']) ?? query.after;
    const stream = await this.channel.stream(reply, caller, (frame) => frame.type === 'session-deleted');
    const grant = await granted(this.gateway.join(caller, { sessionId, ...(after === undefined ? {} : { after }) }, stream));
    stream.open();
    stream.replaying = true;
    try {
      await grant.follow();
      await stream.drained();
    } catch (error) {
      this.log.error('a replay failed', { requestId: request.id, sessionId, error });
      stream.cut();
    }
    stream.replaying = false;
  }
}

/** A browser that comes back names the last event it saw; that counts more than the address it first asked. An empty header names none. */
function lastEventId(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  const parsed = SeqSchema.safeParse(header);
  if (!parsed.success) throw new FailureError(invalid([{ path: ['Last-Event-ID'], message: 'must be the seq of an event' }]));
  return parsed.data;
}
