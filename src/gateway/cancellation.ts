import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { failure, type Author, type Cancelled, type CancelTurn, type Principal } from '#libs/contracts';
import { ok, refused, type Outcome } from '#libs/channel-sdk';
import { reachOf } from '#libs/policy';
import { Clock, History, Inbox, StorageError, type CancelOutcome, type Reach } from '#libs/ports';
import { failpoint } from '../observability/failpoint.js';
import { Log } from '../observability/log.js';
import { Conductor } from './conductor.js';
import { Egress } from './egress.js';
import { SessionQueue } from './session-queue.js';
import { TurnNotices } from './turn-notices.js';
import { TurnRequests } from './turn-requests.js';

/** A turn that runs nowhere yet, because it is just being handed over, is looked for again after this long. */
const LOOK_AGAIN_MS = 20;
const LOOKS = 100;

/** Ends turns before their time: queued ones in the store, running ones where they run. */
@Injectable()
export class Cancellation {
  constructor(
    private readonly clock: Clock,
    private readonly inbox: Inbox,
    private readonly history: History,
    private readonly queue: SessionQueue,
    private readonly conductor: Conductor,
    private readonly egress: Egress,
    private readonly notices: TurnNotices,
    private readonly requests: TurnRequests,
    private readonly log: Log,
  ) {}

  async cancel(principal: Principal, target: CancelTurn): Promise<Outcome<Cancelled>> {
    const reach = reachOf(principal, 'write');
    if (reach === null) return refused(failure('permission_denied', 'the scope messages or sessions:write is needed'));
    return this.end(target, reach, { kind: principal.kind, id: principal.id });
  }

  /** Resolves when the end of the turn is stored. */
  async end(target: CancelTurn, reach: Reach, by: Author): Promise<Outcome<Cancelled>> {
    for (let look = 0; look < LOOKS; look += 1) {
      failpoint('cancel.before-commit');
      const outcome = await this.#ask(target, reach, by);
      if (outcome.kind === 'not_found') return refused(failure('not_found', 'no such turn'));
      if (outcome.kind === 'ended') return ok({ state: outcome.state });
      const running = this.conductor.find(outcome.turnId);
      if (running === undefined) {
        await delay(LOOK_AGAIN_MS);
        continue;
      }
      running.stop({ kind: 'cancelled', by });
      const state = await running.ended();
      if (state !== 'queued') return ok({ state });
    }
    return refused(failure('conflict', 'the turn is being handed over; try again'));
  }

  async #ask(target: CancelTurn, reach: Reach, by: Author): Promise<CancelOutcome> {
    try {
      return await this.inbox.cancel(target, reach, by, this.clock.now(), (cancelled) => this.#committed(cancelled, reach.tenantId));
    } catch (error) {
      if (error instanceof StorageError) void this.#doubt(target, reach);
      throw error;
    }
  }

  /** The turn may have been cancelled all the same: those who listen to its session hear what became of it. */
  async #doubt(target: CancelTurn, reach: Reach): Promise<void> {
    try {
      const known = await ('turnId' in target ? this.history.turn(target.turnId, reach) : this.history.message(target.messageId, reach));
      if (known !== null) this.egress.doubt(known.sessionId);
    } catch (error) {
      this.log.warn('what became of a turn that was to be cancelled is not known', { ...target, requestId: 'turnId' in target ? this.requests.of(target.turnId) : undefined, error });
    }
  }

  #committed(outcome: CancelOutcome, tenantId: string): void {
    if (outcome.kind !== 'ended' || outcome.frames.length === 0) return;
    failpoint('cancel.after-commit');
    this.egress.publish(outcome.frames);
    const { turnId, sessionId } = outcome;
    this.queue.dropped(sessionId);
    this.log.turn({ requestId: this.requests.of(turnId), turnId, sessionId, tenantId, state: 'cancelled' });
    this.notices.ended({ tenantId, turnId, sessionId, state: 'cancelled', agent: null, error: null, firstTextMs: null });
  }
}
