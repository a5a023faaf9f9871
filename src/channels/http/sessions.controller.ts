import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  CreateSessionSchema,
  MessageSchema,
  PageQuerySchema,
  pageSchema,
  SessionQuerySchema,
  SessionSchema,
  UpdateSessionSchema,
  type CreateSession,
  type Message,
  type Page,
  type PageQuery,
  type Principal,
  type Session,
  type SessionQuery,
  type UpdateSession,
} from '#libs/contracts';
import { Gateway, granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Operation } from '../../operation/operation.js';
import { OpenDoorGuard } from './open-door.guard.js';

@Controller('api/v1/sessions')
@UseGuards(OpenDoorGuard)
export class SessionsController {
  constructor(private readonly gateway: Gateway) {}

  @Get()
  @Requires(PERMISSIONS.readOwnSessions)
  @Operation('Lists the sessions the caller reaches, newest first.', pageSchema(SessionSchema))
  list(@Caller() caller: Principal, @Query({ schema: SessionQuerySchema }) query: SessionQuery): Promise<Page<Session>> {
    const { agent, owner, q: text } = query;
    const filter = { ...(agent === undefined ? {} : { agent }), ...(owner === undefined ? {} : { owner }), ...(text === undefined ? {} : { text }) };
    return granted(this.gateway.sessions(caller, pageRequest(query), filter));
  }

  @Post()
  @Requires(PERMISSIONS.ownSessions)
  @Operation('Makes a session.', SessionSchema, { problems: ['not_found'], locates: true })
  async create(
    @Caller() caller: Principal,
    @Body({ schema: CreateSessionSchema.prefault({}) }) wish: CreateSession,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Session> {
    const session = await granted(this.gateway.createSession(caller, wish));
    reply.header('location', `/api/v1/sessions/${session.id}`);
    return session;
  }

  @Get(':id')
  @Requires(PERMISSIONS.readOwnSessions)
  @Operation('Reads a session.', SessionSchema)
  get(@Caller() caller: Principal, @Param('id') id: string): Promise<Session> {
    return granted(this.gateway.session(caller, id));
  }

  @Patch(':id')
  @Requires(PERMISSIONS.ownSessions)
  @Operation('Changes a session. Only what is named changes.', SessionSchema)
  update(@Caller() caller: Principal, @Param('id') id: string, @Body({ schema: UpdateSessionSchema }) change: UpdateSession): Promise<Session> {
    return granted(this.gateway.updateSession(caller, id, change));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires(PERMISSIONS.ownSessions)
  @Operation('Deletes a session: its turns are cancelled and its content is gone.', null)
  async remove(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await granted(this.gateway.deleteSession(caller, id));
  }

  @Get(':id/messages')
  @Requires(PERMISSIONS.readOwnSessions)
  @Operation('Lists the messages of a session, oldest first.', pageSchema(MessageSchema))
  messages(@Caller() caller: Principal, @Param('id') id: string, @Query({ schema: PageQuerySchema }) page: PageQuery): Promise<Page<Message>> {
    return granted(this.gateway.messages(caller, id, pageRequest(page)));
  }
}

function pageRequest({ limit, cursor }: PageQuery) {
  return { limit, cursor: cursor ?? null };
}
