import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { toProblem, type Author, type Failure, type ReplyMeta } from '#libs/contracts';
import type { TurnEnd } from '#libs/ports';
import { Log } from '../observability/log.js';
import { TurnMetrics } from '../observability/metrics/turn-metrics.js';
import type { TurnEvent } from '../orchestrator/orchestrator.service.js';
import { TurnNotices } from './turn-notices.js';
import type { RunningTurn } from './running-turn.js';

/** Writes the terminal event of a turn. Times are ms since the epoch; a clock that jumped back counts as no time. */
@Injectable()
export class TurnEndings {
  constructor(
    private readonly config: Config,
    private readonly log: Log,
    private readonly metrics: TurnMetrics,
    private readonly notices: TurnNotices,
  ) {}

  completed(running: RunningTurn, completed: Extract<TurnEvent, { type: 'completed' }>, at: number): TurnEnd {
    const { turn, text } = running;
    this.metrics.used(turn.agent, completed.usage);
    const meta: ReplyMeta = {
      agent: turn.agent,
      model: completed.model,
      phase: null,
      evaluationPassed: null,
      queuedMs: Math.max(0, turn.startedAt - turn.acceptedAt),
      durationMs: Math.max(0, at - turn.acceptedAt),
      usage: completed.usage,
    };
    return this.#end('completed', running, at, { content: text, meta });
  }

  failed(running: RunningTurn, failure: Failure, at: number): TurnEnd {
    running.failedWith = failure.code;
    this.metrics.failed(failure.code);
    const error = toProblem(failure, this.config.publicUrl, running.turn.turnId);
    return this.#end('failed', running, at, { error, ...partial(running) });
  }

  cancelled(running: RunningTurn, by: Author, at: number): TurnEnd {
    return this.#end('cancelled', running, at, { by, ...partial(running) });
  }

  /** It goes back into the queue. */
  putBack(running: RunningTurn): void {
    this.metrics.putBack();
    this.log.debug('turn put back', { turnId: running.turn.turnId, requestId: running.requestId, attempt: running.turn.attempt });
  }

  /** The one line that a turn leaves in the log, its figures, and word to those who count. */
  note({ turn, failedWith, firstTextAt }: RunningTurn, { state, fact }: TurnEnd): void {
    const { tenantId, turnId, sessionId, agent, requestId } = turn;
    const queuedMs = Math.max(0, turn.startedAt - turn.acceptedAt);
    const durationMs = Math.max(0, fact.at - turn.acceptedAt);
    const firstTextMs = firstTextAt === null ? null : Math.max(0, firstTextAt - turn.acceptedAt);
    this.notices.ended({ tenantId, turnId, sessionId, agent, state, error: state === 'failed' ? failedWith : null, firstTextMs });
    this.metrics.ended({ agent, state, queuedMs, durationMs, firstTextMs });
    this.log.turn({
      requestId,
      messageId: turn.messageId,
      turnId,
      sessionId,
      tenantId,
      agent,
      attempt: turn.attempt,
      state,
      queuedMs,
      durationMs,
    });
  }

  #end(state: TurnEnd['state'], { turn }: RunningTurn, at: number, fields: object): TurnEnd {
    const { turnId, messageId } = turn;
    return { state, fact: { type: `turn-${state}`, turnId, at, fields: { turnId, messageId, ...fields } } };
  }
}

function partial({ text }: RunningTurn): { partial?: string } {
  return text === '' ? {} : { partial: text };
}
