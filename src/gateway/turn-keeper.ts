import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { backoffMs, IdMap } from '#libs/policy';
import { isTerminal, type TurnState } from '#libs/contracts';
import { Clock, History, Inbox, type ClaimedTurn } from '#libs/ports';
import { failpoint } from '../observability/failpoint.js';
import { Log } from '../observability/log.js';
import { Egress } from './egress.js';
import type { RunningTurn } from './running-turn.js';

/** Text is kept at least this often while it grows (CONTRACT section 3 allows one second and 4 KiB). */
const KEEP_AFTER_MS = 800;
const KEEP_AFTER_LENGTH = 1024;
const LOOK_EVERY_MS = 200;
/** A store that fails is asked again after this long. */
const KEEP_AGAIN_MS = 500;
const RETRY = { firstMs: 50, maxMs: 2000 };

/** Sees to it that what a turn has so far survives: checkpoints while it runs, and an end that is tried until it is stored. */
@Injectable()
export class TurnKeeper {
  readonly #watched = new IdMap<RunningTurn>();
  /** Their text is being written, or could not be written a moment ago. */
  readonly #keeping = new Set<RunningTurn>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly inbox: Inbox,
    private readonly history: History,
    private readonly egress: Egress,
    private readonly log: Log,
  ) {}

  watch(running: RunningTurn): void {
    this.#watched.set(running.turn.turnId, running);
  }

  forget(running: RunningTurn): void {
    this.#watched.delete(running.turn.turnId);
  }

  /** Text was added at `at` (ms since the epoch). */
  grew(running: RunningTurn, at: number): void {
    running.unkeptSince ??= at;
    if (running.text.length - running.kept >= KEEP_AFTER_LENGTH) void this.#keep(running);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** Repeats `store` until the storage takes it; between tries it waits longer and longer. */
  async untilStored(running: RunningTurn, store: () => Promise<void>): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await store();
      } catch (error) {
        this.log.warn('the end of a turn could not be stored; trying again', { turnId: running.turn.turnId, requestId: running.requestId, attempt, error });
        this.egress.doubt(running.turn.sessionId);
        await delay(backoffMs(RETRY, attempt, Math.random()), undefined, { ref: false });
      }
    }
  }

  /** The turn ended without this process seeing the commit's answer: tells everybody what the store says. */
  async publishEndOf(turn: ClaimedTurn): Promise<TurnState> {
    const frames = await this.history.turnEvents(turn.turnId);
    const end = frames.find((frame) => isTerminal(frame.type));
    if (end === undefined) return 'queued';
    this.egress.publish([end]);
    return end.type === 'turn-completed' ? 'completed' : end.type === 'turn-failed' ? 'failed' : 'cancelled';
  }

  #look(): void {
    if (this.#watched.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
      return;
    }
    const due = this.clock.now() - KEEP_AFTER_MS + LOOK_EVERY_MS;
    for (const running of this.#watched.values()) if (running.unkeptSince !== null && running.unkeptSince <= due) void this.#keep(running);
  }

  async #keep(running: RunningTurn): Promise<void> {
    if (this.#keeping.has(running)) return;
    this.#keeping.add(running);
    const { length } = running.text;
    failpoint('checkpoint.before-commit');
    try {
      await this.inbox.checkpoint(running.turn, running.checkpoint);
      failpoint('checkpoint.after-commit');
      running.kept = length;
      running.unkeptSince = running.text.length > length ? this.clock.now() : null;
      running.cannotBeKept = false;
    } catch (error) {
      this.#tellOnce(running, error);
      await delay(KEEP_AGAIN_MS, undefined, { ref: false });
    }
    this.#keeping.delete(running);
  }

  #tellOnce(running: RunningTurn, error: unknown): void {
    if (running.cannotBeKept) return;
    running.cannotBeKept = true;
    this.log.warn('the text of a turn could not be kept; trying again', { turnId: running.turn.turnId, requestId: running.requestId, error });
  }
}
