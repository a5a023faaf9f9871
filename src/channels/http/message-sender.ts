import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { FailureError, type Accepted, type Principal, type SendMessage } from '#libs/contracts';
import { Gateway, type Subscriber } from '#libs/channel-sdk';
import type { Decision } from '#libs/ports';
import { rateLimitHeaders } from '../../throttling/rate-limit-headers.js';
import { HTTP_CHANNEL, HttpChannel } from './http.channel.js';
import { serverTiming } from './message-answer.js';

/** Who hears the message's events, and what happens once it is on disk, before the first of them. */
export interface Listener {
  readonly subscriber: Subscriber;
  accepted(accepted: Accepted): void;
}

/** Sends messages that came in by HTTP. */
@Injectable()
export class MessageSender {
  constructor(
    private readonly gateway: Gateway,
    private readonly channel: HttpChannel,
  ) {}

  /** Resolves when the message is on disk; throws the refusal. Either way the answer tells what is left of the sender's limits. */
  async send(caller: Principal, message: SendMessage, reply: FastifyReply, listener?: Listener): Promise<Accepted> {
    const { id: requestId, headers } = reply.request;
    const { traceparent } = headers;
    const via = {
      channel: HTTP_CHANNEL,
      requestId,
      ...(listener === undefined ? {} : { subscriber: listener.subscriber }),
      ...(typeof traceparent === 'string' ? { traceparent } : {}),
    };
    const outcome = await this.gateway.send(caller, message, via, ({ accepted, limits, traceparent: span }) => {
      tellTrace(reply, span);
      tellLimits(reply, limits);
      listener?.accepted(accepted);
    });
    if (!outcome.ok) {
      tellTrace(reply, outcome.traceparent);
      tellLimits(reply, outcome.limits ?? null);
      reply.headers(serverTiming(reply));
      throw new FailureError(outcome.failure);
    }
    this.channel.countMessage();
    return outcome.value.accepted;
  }
}

/** While messages are traced, the answer names the span that took this one in. */
function tellTrace(reply: FastifyReply, traceparent: string | undefined): void {
  if (traceparent !== undefined) reply.header('traceparent', traceparent);
}

function tellLimits(reply: FastifyReply, limits: Decision | null): void {
  if (limits !== null) reply.headers(rateLimitHeaders(limits));
}
