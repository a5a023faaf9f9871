import { Injectable } from '@nestjs/common';
import { attemptsExhausted, mayStartAgain } from '#libs/policy';
import { toProblem, type Author } from '#libs/contracts';
import { Clock, Inbox, Sessions, type OpenTurn } from '#libs/ports';
import { Config } from '../config/config.js';
import { failpoint } from '../observability/failpoint.js';
import { OpenTurns } from './open-turns.js';
import { SessionEraser } from './session-eraser.js';
import { SessionQueue } from './session-queue.js';

const GATEWAY: Author = { kind: 'agent', id: 'gateway' };
const PAGE = 100;

/** What an earlier process left behind is taken up: turns that waited wait again, turns that ran start again or end. */
@Injectable()
export class Recovery {
  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly inbox: Inbox,
    private readonly sessions: Sessions,
    private readonly openTurns: OpenTurns,
    private readonly queue: SessionQueue,
    private readonly eraser: SessionEraser,
  ) {}

  /** Run once, before any door opens. Returns how many turns were taken up. */
  async run(): Promise<number> {
    let found = 0;
    for await (const turn of this.openTurns.all()) {
      found += 1;
      if (await this.#returnsToQueue(turn)) this.queue.restore(turn.sessionId, turn.tenantId);
      failpoint('recovery.between');
    }
    return found;
  }

  /** Deletions that were cut off are completed; once turns may run. */
  async completeDeletions(): Promise<void> {
    for (;;) {
      const closed = await this.sessions.closed(PAGE);
      if (closed.length === 0) return;
      for (const { id, tenantId } of closed) await this.eraser.erase(id, tenantId, GATEWAY);
    }
  }

  async #returnsToQueue(turn: OpenTurn): Promise<boolean> {
    if (turn.state === 'queued') return true;
    if (mayStartAgain(turn.attempt)) return this.inbox.release(turn);
    const { turnId, messageId } = turn;
    const error = toProblem(attemptsExhausted(), this.config.publicUrl, turnId);
    const partial = turn.checkpoint === null || turn.checkpoint.text === '' ? {} : { partial: turn.checkpoint.text };
    const at = this.clock.now();
    failpoint('recovery.before-end');
    await this.inbox.finish(turn, { state: 'failed', fact: { type: 'turn-failed', turnId, at, fields: { turnId, messageId, error, ...partial } } }, false);
    return false;
  }
}
