import { Body, Controller, Headers, Post, Res, UseGuards } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import type { FastifyReply } from 'fastify';
import { isTerminal, SendMessageSchema, type Principal, type SendMessage } from '#libs/contracts';
import { PERMISSIONS } from '#libs/policy';
import { Requires } from '../../auth/access.js';
import { Caller } from '../../auth/caller.js';
import { Operation } from '../../operation/operation.js';
import { HttpChannel } from './http.channel.js';
import { withIdempotencyKey } from './idempotency.js';
import { serverTiming } from './message-answer.js';
import { MessageSender } from './message-sender.js';
import { OpenDoorGuard } from './open-door.guard.js';
import { SEND_PROBLEMS } from './send-problems.js';

/** A message and its turn in one response, which ends with the turn. Hanging up cancels nothing. */
@Controller('api/v1/chat/stream')
@UseGuards(OpenDoorGuard)
export class ChatController {
  constructor(
    private readonly sender: MessageSender,
    private readonly channel: HttpChannel,
  ) {}

  @Post()
  @SkipThrottle()
  @Requires(PERMISSIONS.ownSessions)
  @Operation('Sends a message and streams its events, from `message-accepted` to the end of its turn.', null, {
    status: 200,
    limited: true,
    media: 'text/event-stream',
    problems: SEND_PROBLEMS,
    headers: { 'idempotency-key': 'Makes sending idempotent per principal, as `id` in the body does.' },
  })
  async stream(
    @Caller() caller: Principal,
    @Body({ schema: SendMessageSchema }) body: SendMessage,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const message = withIdempotencyKey(body, idempotencyKey);
    const stream = await this.channel.stream(reply, caller, (frame) => isTerminal(frame.type));
    await this.sender.send(caller, message, reply, {
      subscriber: stream,
      accepted: () => {
        reply.headers(serverTiming(reply));
        stream.open();
      },
    });
  }
}
