import { Injectable } from '@nestjs/common';
import { toProblem } from '#libs/contracts';
import { attemptsExhausted, mayStartAgain } from '#libs/policy';
import { Clock, Inbox, type OpenTurn } from '#libs/ports';
import { Config } from '../config/config.js';
import { failpoint } from '../observability/failpoint.js';
import { Log } from '../observability/log.js';
import { TurnsAtOnce } from '../throttling/turns-at-once.js';
import { Conductor } from './conductor.js';
import { Egress } from './egress.js';
import { LostCalls } from './lost-calls.js';
import { OpenTurns } from './open-turns.js';
import { TurnNotices } from './turn-notices.js';

/** Takes back turns that run in the store and nowhere else: what a crash or a lost answer left behind. */
@Injectable()
export class TurnReclaimer {
  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly inbox: Inbox,
    private readonly openTurns: OpenTurns,
    private readonly conductor: Conductor,
    private readonly egress: Egress,
    private readonly notices: TurnNotices,
    private readonly turns: TurnsAtOnce,
    private readonly lostCalls: LostCalls,
    private readonly log: Log,
  ) {}

  /** Returns how many turns of the session wait now. */
  async reclaim(sessionId: string): Promise<number> {
    let waiting = 0;
    const open = await this.openTurns.ofSession(sessionId);
    this.turns.keepOnly(sessionId, new Set(open.map(({ turnId }) => turnId)));
    for (const turn of open) if (await this.returnsToQueue(turn)) waiting += 1;
    return waiting;
  }

  /**
   * True when the turn waits now, or may: another process may have put it back or ended it meanwhile, and one too many is corrected when
   * nothing can be started. False when it runs here, or was cut off too often and has its end.
   */
  async returnsToQueue(turn: OpenTurn): Promise<boolean> {
    if (turn.state === 'queued') return true;
    if (this.conductor.find(turn.turnId) !== undefined) return false;
    await this.lostCalls.count(turn);
    if (mayStartAgain(turn.attempt)) {
      failpoint('release.before-commit');
      await this.inbox.release(turn);
      failpoint('release.after-commit');
      this.notices.cutOff(turn.turnId);
      return true;
    }
    const { turnId, messageId, checkpoint } = turn;
    const error = toProblem(attemptsExhausted(), this.config.publicUrl, turnId);
    const partial = checkpoint === null || checkpoint.text === '' ? {} : { partial: checkpoint.text };
    const fact = { type: 'turn-failed', turnId, at: this.clock.now(), fields: { turnId, messageId, error, ...partial } } as const;
    failpoint('recovery.before-end');
    await this.inbox.finish(turn, { state: 'failed', fact }, false, ({ frames }) => {
      this.egress.publish(frames);
      const { tenantId, sessionId, attempt, requestId } = turn;
      this.log.turn({ requestId, messageId, turnId, sessionId, tenantId, attempt, state: 'failed' });
      this.notices.ended({ tenantId, turnId, sessionId, state: 'failed', agent: null, error: 'execution_failed', firstTextMs: null });
    });
    return false;
  }
}
