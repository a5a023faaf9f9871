import { Injectable } from '@nestjs/common';
import type { ErrorCode } from '#libs/contracts';

/** A turn that has its end, as those hear of it who keep count. */
export interface EndedTurn {
  readonly tenantId: string;
  readonly turnId: string;
  readonly sessionId: string;
  readonly state: 'completed' | 'failed' | 'cancelled';
  /** Null when it never ran in this process. */
  readonly agent: string | null;
  /** Why it failed. */
  readonly error: ErrorCode | null;
  /** From acceptance to the first text; null when there was none, or not in this process. */
  readonly firstTextMs: number | null;
}

export interface TurnListener {
  accepted?(tenantId: string, turnId: string): void;
  /** A turn was found that ran when its process ended; it starts again. */
  cutOff?(turnId: string): void;
  ended?(turn: EndedTurn): void;
}

/** Tells those who count what happens to turns. Stands beside the road: a listener does its work at once and in little, or later. */
@Injectable()
export class TurnNotices {
  readonly #listeners: TurnListener[] = [];

  listen(listener: TurnListener): void {
    this.#listeners.push(listener);
  }

  accepted(tenantId: string, turnId: string): void {
    for (const listener of this.#listeners) listener.accepted?.(tenantId, turnId);
  }

  cutOff(turnId: string): void {
    for (const listener of this.#listeners) listener.cutOff?.(turnId);
  }

  ended(turn: EndedTurn): void {
    for (const listener of this.#listeners) listener.ended?.(turn);
  }
}
