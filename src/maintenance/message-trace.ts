import { Injectable } from '@nestjs/common';
import { failure, FailureError, type Principal, type Trace } from '#libs/contracts';
import { reachOf } from '#libs/policy';
import { History, Outbox } from '#libs/ports';
import { traceSteps } from './trace-steps.js';

/** Events before a message that are looked at to say why it waited. */
const LOOKED_AT = 100;

/** The life of a message, told from what is stored anyway: tracing costs the road nothing. */
@Injectable()
export class MessageTrace {
  constructor(
    private readonly history: History,
    private readonly outbox: Outbox,
  ) {}

  /** Throws `FailureError` `not_found` for what the principal may not read, and when the message is not kept any more. */
  async of(principal: Principal, messageId: string): Promise<Trace> {
    const reach = reachOf(principal, 'read');
    const message = reach === null ? null : await this.history.message(messageId, reach);
    if (message === null) throw new FailureError(failure('not_found', 'no such message'));
    const { turnId, sessionId, seq, status } = message;
    const [frames, delivery] = await Promise.all([this.history.turnEvents(turnId), this.outbox.find(turnId, principal.tenantId)]);
    const waited = frames[1]?.type !== 'turn-started' || frames[1].seq !== seq + 1;
    const near = waited ? await this.history.events(sessionId, Math.max(0, seq - 1 - LOOKED_AT), LOOKED_AT) : [];
    const before = near.filter((frame) => frame.seq < seq);
    return { messageId, turnId, sessionId, status, steps: traceSteps(frames, before, delivery) };
  }
}
