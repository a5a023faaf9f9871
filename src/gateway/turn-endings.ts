import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { toProblem, type Author, type Failure, type ReplyMeta } from '#libs/contracts';
import type { TurnEnd } from '#libs/ports';
import { Log } from '../observability/log.js';
import type { TurnEvent } from '../orchestrator/orchestrator.service.js';
import type { RunningTurn } from './running-turn.js';

/** Writes the terminal event of a turn. Times are ms since the epoch; a clock that jumped back counts as no time. */
@Injectable()
export class TurnEndings {
  constructor(
    private readonly config: Config,
    private readonly log: Log,
  ) {}

  completed(running: RunningTurn, completed: Extract<TurnEvent, { type: 'completed' }>, at: number): TurnEnd {
    const { turn, text } = running;
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
    const error = toProblem(failure, this.config.publicUrl, running.turn.turnId);
    return this.#end('failed', running, at, { error, ...partial(running) });
  }

  cancelled(running: RunningTurn, by: Author, at: number): TurnEnd {
    return this.#end('cancelled', running, at, { by, ...partial(running) });
  }

  /** The one line that a turn leaves in the log. */
  note({ turn }: RunningTurn, { state, fact }: TurnEnd): void {
    this.log.info('turn', {
      turnId: turn.turnId,
      sessionId: turn.sessionId,
      tenantId: turn.tenantId,
      agent: turn.agent,
      attempt: turn.attempt,
      state,
      queuedMs: Math.max(0, turn.startedAt - turn.acceptedAt),
      durationMs: Math.max(0, fact.at - turn.acceptedAt),
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
