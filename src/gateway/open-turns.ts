import { Injectable } from '@nestjs/common';
import { Inbox, type OpenTurn } from '#libs/ports';

const PAGE = 500;

/** The turns that have no end yet, oldest first, read in pages. */
@Injectable()
export class OpenTurns {
  constructor(private readonly inbox: Inbox) {}

  async *all(): AsyncGenerator<OpenTurn> {
    let after: string | null = null;
    for (;;) {
      const page: readonly OpenTurn[] = await this.inbox.openTurns(after, PAGE);
      yield* page;
      after = page.at(-1)?.turnId ?? null;
      if (after === null || page.length < PAGE) return;
    }
  }

  async ofSession(sessionId: string): Promise<OpenTurn[]> {
    const turns: OpenTurn[] = [];
    for await (const turn of this.all()) if (turn.sessionId === sessionId) turns.push(turn);
    return turns;
  }
}
