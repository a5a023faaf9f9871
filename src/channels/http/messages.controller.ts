import { Body, Controller, Get, Headers, HttpCode, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AcceptedSchema, CancelledSchema, MessageSchema, SendMessageSchema, type Accepted, type Cancelled, type Message, type Principal, type SendMessage } from '#libs/contracts';
import { Gateway, granted } from '#libs/channel-sdk';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Config } from '../../config/config.js';
import { Operation } from '../../operation/operation.js';
import { HttpChannel } from './http.channel.js';
import { withIdempotencyKey } from './idempotency.js';
import { AnsweredSchema, endedAnswer, serverTiming } from './message-answer.js';
import { MessageSender } from './message-sender.js';
import { OpenDoorGuard } from './open-door.guard.js';
import { preferWait } from './prefer-wait.js';
import { SEND_PROBLEMS, WAIT_PROBLEMS } from './send-problems.js';

@Controller('api/v1/messages')
@UseGuards(OpenDoorGuard)
export class MessagesController {
  constructor(
    private readonly gateway: Gateway,
    private readonly sender: MessageSender,
    private readonly channel: HttpChannel,
    private readonly config: Config,
  ) {}

  @Post()
  @SkipThrottle()
  @Requires(PERMISSIONS.ownSessions)
  @Operation('Sends a message. It is on disk when this answers.', AcceptedSchema, {
    status: 202,
    limited: true,
    answers: { 200: { description: 'The turn was completed within the wait.', schema: AnsweredSchema } },
    problems: [...SEND_PROBLEMS, ...WAIT_PROBLEMS],
    headers: {
      'idempotency-key': 'Makes sending idempotent per principal, as `id` in the body does.',
      prefer: '`wait=N` waits for the end of the turn, at most 60 seconds (RFC 7240).',
    },
  })
  async send(
    @Caller() caller: Principal,
    @Body({ schema: SendMessageSchema }) body: SendMessage,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const message = withIdempotencyKey(body, idempotencyKey);
    const seconds = preferWait(request.headers['prefer']);
    if (seconds === null) return this.accept(reply, await this.sender.send(caller, message, reply));
    await this.sendAndWait(caller, message, seconds, request, reply);
  }

  @Get(':id')
  @Requires(PERMISSIONS.readOwnSessions)
  @Operation('Reads a message and, once its turn has ended, the reply or the problem.', MessageSchema)
  get(@Caller() caller: Principal, @Param('id') id: string): Promise<Message> {
    return granted(this.gateway.message(caller, id));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Requires(PERMISSIONS.ownSessions)
  @Operation('Cancels the turn of a message and tells in which state it ended.', CancelledSchema, { problems: ['conflict'] })
  cancel(@Caller() caller: Principal, @Param('id') messageId: string): Promise<Cancelled> {
    return granted(this.gateway.cancel(caller, { messageId }));
  }

  private async sendAndWait(caller: Principal, message: SendMessage, seconds: number, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const wait = this.channel.wait(reply);
    const accepted = await this.sender.send(caller, message, reply, {
      subscriber: wait,
      accepted: ({ turnId }) => wait.begin(turnId, seconds * 1000),
    });
    const since = performance.now();
    const end = await wait.ended;
    const waitedMs = performance.now() - since;
    reply.header('preference-applied', `wait=${seconds}`);
    if (end === null) return this.accept(reply, wait.started ? { ...accepted, status: 'running' } : accepted, waitedMs);
    const { status, headers, body } = endedAnswer(accepted, end, this.config.publicUrl, request.id);
    reply.code(status).headers({ ...headers, ...serverTiming(reply, waitedMs) }).send(JSON.stringify(body));
  }

  private accept(reply: FastifyReply, accepted: Accepted, waitedMs = 0): void {
    reply.code(202).headers(serverTiming(reply, waitedMs)).send(accepted);
  }
}
