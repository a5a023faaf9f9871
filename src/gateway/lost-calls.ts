import { Injectable } from '@nestjs/common';
import { EVENTS } from '#libs/contracts';
import { History, StorageError, type OpenTurn } from '#libs/ports';
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
   * A turn whose message can no longer be read is not counted, and the log says so; it goes its way all the same.
   */
  async count({ tenantId, turnId, sessionId, messageId, checkpoint, requestId }: OpenTurn): Promise<void> {
    try {
      const message = await this.history.message(messageId, { tenantId });
      const agent = await this.#agentOf(turnId);
      if (message === null || agent === null) return;
      const { author, content, seq } = message;
      await this.orchestrator.countLost({ tenantId, turnId, sessionId, author, agent, content, acceptedSeq: seq, checkpoint });
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.log.warn('what a turn used in the call that was lost could not be counted', { turnId, requestId, error });
    }
  }

  /** Who was at work in the last attempt; null when none had begun. */
  async #agentOf(turnId: string): Promise<string | null> {
    const started = (await this.history.turnEvents(turnId)).findLast(({ type }) => type === 'turn-started');
    return started === undefined ? null : EVENTS['turn-started'].parse(JSON.parse(started.json)).agent;
  }
}
