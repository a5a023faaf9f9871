import { Injectable } from '@nestjs/common';
import { failure, FailureError, type Principal, type Trace } from '#libs/contracts';
import { reachOf } from '#libs/policy';
import { History, Outbox, type StoredFrame } from '#libs/ports';
import { leavesOneOpen, traceSteps } from './trace-steps.js';

/** Events before a message that are looked at to say why it waited: a page at a time, and no more than these. */
const PAGE = 100;
const PAGES = 50;

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
    const before = waited ? await this.#before(sessionId, seq) : [];
    return { messageId, turnId, sessionId, status, steps: traceSteps(frames, before, delivery) };
  }

  /** The events before that number, as far back as it takes to see a turn that was open, or one that ran to its end: then all before it had. */
  async #before(sessionId: string, seq: number): Promise<readonly StoredFrame[]> {
    const before: StoredFrame[] = [];
    for (let end = seq, pages = 0; end > 1 && pages < PAGES; end -= PAGE, pages += 1) {
      const page = await this.history.events(sessionId, Math.max(0, end - 1 - PAGE), Math.min(PAGE, end - 1));
      before.unshift(...page.filter((frame) => frame.seq < end));
      if (leavesOneOpen(before) || page.some(({ type }) => type === 'turn-completed' || type === 'turn-failed')) break;
    }
    return before;
  }
}
