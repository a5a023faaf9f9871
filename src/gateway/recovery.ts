import { Injectable } from '@nestjs/common';
import type { Author } from '#libs/contracts';
import { Sessions } from '#libs/ports';
import { failpoint } from '../observability/failpoint.js';
import { OpenTurns } from './open-turns.js';
import { SessionEraser } from './session-eraser.js';
import { SessionQueue } from './session-queue.js';
import { TurnReclaimer } from './turn-reclaimer.js';
import { TurnRequests } from './turn-requests.js';

const GATEWAY: Author = { kind: 'agent', id: 'gateway' };
const PAGE = 100;

/** What an earlier process left behind is taken up: turns that waited wait again, turns that ran start again or end. */
@Injectable()
export class Recovery {
  constructor(
    private readonly sessions: Sessions,
    private readonly openTurns: OpenTurns,
    private readonly queue: SessionQueue,
    private readonly reclaimer: TurnReclaimer,
    private readonly eraser: SessionEraser,
    private readonly requests: TurnRequests,
  ) {}

  /** Run once, before any door opens. Returns how many turns were taken up. */
  async run(): Promise<number> {
    let found = 0;
    for await (const turn of this.openTurns.all()) {
      found += 1;
      if (turn.requestId !== undefined) this.requests.keep(turn.turnId, turn.requestId);
      if (await this.reclaimer.returnsToQueue(turn)) this.queue.restore(turn.sessionId, turn.tenantId);
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
}
