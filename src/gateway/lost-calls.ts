import { Injectable } from '@nestjs/common';
import { EVENTS } from '#libs/contracts';
import { History, type OpenTurn } from '#libs/ports';
import { Log } from '../observability/log.js';
import { OrchestratorService } from '../orchestrator/orchestrator.service.js';

/** Counts what turns may have used in the call that their process took along. */
@Injectable()
export class LostCalls {
  constructor(
    private readonly history: History,
    private readonly orchestrator: OrchestratorService,
    private readonly log: Log,
  ) {}

  /**
   * For a turn that was cut off, before it is put back or has its end: a crash between the two counts the call once more, never less.
   * Where that cannot be told (its message can no longer be read, its agent takes no such files any more), the log says so and the turn goes
   * its way all the same: a start must not die of it.
   */
  async count({ tenantId, turnId, sessionId, messageId, checkpoint, requestId }: OpenTurn): Promise<void> {
    try {
      const message = await this.history.message(messageId, { tenantId });
      const agent = await this.#agentOf(turnId);
      if (message === null || agent === null) return;
      const { author, content, seq } = message;
      await this.orchestrator.countLost({ tenantId, turnId, sessionId, author, agent, content, acceptedSeq: seq, checkpoint });
    } catch (error) {
      this.log.warn('what a turn used in the call that was lost could not be counted', { turnId, requestId, error });
    }
  }

  /** Who was at work in the last attempt; null when none had begun. */
  async #agentOf(turnId: string): Promise<string | null> {
    const started = (await this.history.turnEvents(turnId)).findLast(({ type }) => type === 'turn-started');
    return started === undefined ? null : EVENTS['turn-started'].parse(JSON.parse(started.json)).agent;
  }
}
