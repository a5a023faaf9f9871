import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { TurnEndState } from '#libs/contracts';
import { Figures, Inbox } from '#libs/ports';
import { Log } from '../../observability/log.js';

/** Turns that one look takes: about two milliseconds. */
const PAGE = 1000;
/** Pages that are counted before a start goes on. */
const FIRST_PAGES = 5;
/** Between two later pages messages have the store to themselves. */
const REST_MS = 20;
const TRIES = 5;

export interface TurnCounter {
  /** `ended` is null when the turn had no end at the start: whoever hears of its end counts it. */
  told(tenantId: string, ended: TurnEndState | null): void;
  /** False ends the counting. */
  wanted(): boolean;
}

/** Tells of the turns that the store holds at a start, each once, whatever becomes of them meanwhile. */
@Injectable()
export class StoredTurns {
  constructor(
    private readonly figures: Figures,
    private readonly inbox: Inbox,
    private readonly log: Log,
  ) {}

  /**
   * Tells of those behind `after`; called before any turn runs. Resolves when all are told or the first 5,000; the others follow beside the
   * work. Rejects with `StorageError` only until then.
   */
  async count(after: string, counter: TurnCounter): Promise<void> {
    const last = await this.figures.lastTurn();
    let from: string | null = after;
    for (let page = 0; page < FIRST_PAGES && from !== null && last !== null; page += 1) from = await this.#page(from, last, new Set(), counter);
    if (from === null || last === null) return;
    const open = await this.#openBehind(from);
    void this.#goOn(from, last, open, counter);
  }

  async #goOn(from: string, last: string, open: ReadonlySet<string>, counter: TurnCounter): Promise<void> {
    let failed = 0;
    for (let next: string | null = from; next !== null; ) {
      await delay(REST_MS, undefined, { ref: false });
      if (!counter.wanted()) return;
      try {
        next = await this.#page(next, last, open, counter);
        failed = 0;
      } catch (error) {
        failed += 1;
        if (failed < TRIES) continue;
        this.log.warn('the messages of today could not be counted; the figure is too low until midnight UTC', { error });
        return;
      }
    }
  }

  /** The id behind which the next page begins; null when this was the last. */
  async #page(after: string, last: string, open: ReadonlySet<string>, counter: TurnCounter): Promise<string | null> {
    const turns = await this.figures.turns(after, last, PAGE);
    if (!counter.wanted()) return null;
    for (const { turnId, tenantId, state } of turns) {
      counter.told(tenantId, state === 'queued' || state === 'running' || open.has(turnId) ? null : state);
    }
    return turns.length < PAGE ? null : (turns.at(-1)?.turnId ?? null);
  }

  /** Their ends are heard of elsewhere. */
  async #openBehind(turnId: string): Promise<ReadonlySet<string>> {
    const open = new Set<string>();
    for (let after: string | null = turnId; after !== null; ) {
      const page = await this.inbox.openTurns(after, PAGE);
      for (const turn of page) open.add(turn.turnId);
      after = page.length < PAGE ? null : (page.at(-1)?.turnId ?? null);
    }
    return open;
  }
}
