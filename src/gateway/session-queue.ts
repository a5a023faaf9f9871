import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { failure, type Failure, type TurnState } from '#libs/contracts';
import { FairQueue } from '#libs/policy';
import { Clock, Inbox, type AcceptOutcome, type Started } from '#libs/ports';
import { failpoint } from '../observability/failpoint.js';
import { Log } from '../observability/log.js';
import { Conductor, type Handover } from './conductor.js';
import { TurnReclaimer } from './turn-reclaimer.js';

/** How long a refused sender is asked to wait. */
const RETRY_AFTER_MS = 1000;

interface Line {
  readonly tenantId: string;
  /** Messages that are about to be stored. */
  reserved: number;
  /** Turns that wait in this session, as far as this process knows. */
  queued: number;
  /** A turn of the session holds a slot. */
  running: boolean;
}

/** A place that was kept for a message before it is stored; `settle`, `cancel` or `doubt` gives it its meaning. */
export interface Place {
  readonly sessionId: string;
  /** The turn may start in the commit that accepts it. */
  readonly start: boolean;
}

/**
 * One turn at a time in each session, at most `MAX_CONCURRENT_TURNS` in this process, fair between tenants and sessions.
 * Counts what waits, so that the bounds hold exactly; the order within a session is the store's.
 */
@Injectable()
export class SessionQueue implements Handover {
  readonly #lines = new Map<string, Line>();
  readonly #ready = new FairQueue();
  /** Turns that wait and messages about to be stored, over all sessions. */
  #queued = 0;
  #running = 0;
  #whenIdle: (() => void)[] = [];
  #paused = true;

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly inbox: Inbox,
    private readonly conductor: Conductor,
    private readonly reclaimer: TurnReclaimer,
    private readonly log: Log,
  ) {}

  get queued(): number {
    return this.#queued;
  }

  get running(): number {
    return this.#running;
  }

  /** Why a message for this session cannot be taken now, or null. */
  full(sessionId: string): Failure | null {
    const { INBOX_LIMIT, SESSION_QUEUE_LIMIT } = this.config.settings;
    if (this.#maySlip(sessionId)) return null;
    if (this.#queued >= INBOX_LIMIT) return failure('overloaded', 'the inbox is full', { retryAfterMs: RETRY_AFTER_MS });
    const line = this.#lines.get(sessionId);
    if (line !== undefined && line.queued + line.reserved >= SESSION_QUEUE_LIMIT) {
      return failure('overloaded', `${SESSION_QUEUE_LIMIT} turns are queued in this session`, { retryAfterMs: RETRY_AFTER_MS });
    }
    return null;
  }

  /** Keeps a place for a message that is about to be stored. Ask `full` first, in the same breath. */
  reserve(sessionId: string, tenantId: string): Place {
    const start = this.#maySlip(sessionId);
    const line = this.#line(sessionId, tenantId);
    if (start) this.#occupy(line);
    else this.#reserve(line, 1);
    return { sessionId, start };
  }

  /** Gives a place back that was not used: the message was refused, a duplicate, or could not be stored. */
  cancel(place: Place): void {
    const line = this.#lines.get(place.sessionId);
    if (line === undefined) return;
    if (place.start) this.#vacate(place.sessionId, line);
    else this.#reserve(line, -1);
    this.#kick(place.sessionId, line);
  }

  /** The store did not say whether it took the message of this place: it counts as waiting until the store says otherwise. */
  doubt(place: Place): void {
    const line = this.#lines.get(place.sessionId);
    if (line === undefined) return;
    this.#wait(line, 1);
    this.cancel(place);
  }

  /** The message of this place was accepted; called at the commit. */
  settle(place: Place, outcome: Extract<AcceptOutcome, { kind: 'accepted' }>): void {
    const line = this.#lines.get(place.sessionId);
    if (line === undefined) return;
    if (outcome.started !== null) {
      this.conductor.run(outcome.started, this);
      return;
    }
    this.#wait(line, 1);
    this.cancel(place);
  }

  /** A turn that waits in the store from before: put back, or found at the start. */
  restore(sessionId: string, tenantId: string): void {
    const line = this.#line(sessionId, tenantId);
    this.#wait(line, 1);
    this.#kick(sessionId, line);
  }

  /** A queued turn of the session was ended. */
  dropped(sessionId: string): void {
    const line = this.#lines.get(sessionId);
    if (line === undefined) return;
    this.#wait(line, -1);
    this.#tidy(sessionId, line);
  }

  /** Resolves when no turn holds a slot. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** From now on turns start. */
  resume(): void {
    this.#paused = false;
    this.#dispatch();
  }

  /** From now on no turn starts; the ones that run go on. */
  pause(): void {
    this.#paused = true;
  }

  wantsNext(sessionId: string): boolean {
    const line = this.#lines.get(sessionId);
    return !this.#paused && this.#ready.size === 0 && line !== undefined && line.queued + line.reserved > 0;
  }

  released(sessionId: string, ending: TurnState, next: Started | null): void {
    const line = this.#lines.get(sessionId);
    if (line === undefined) return;
    if (next !== null) {
      this.#wait(line, -1);
      this.conductor.run(next, this);
      return;
    }
    if (ending === 'queued') this.#wait(line, 1);
    this.#vacate(sessionId, line);
    this.#kick(sessionId, line);
  }

  /** A slot is free, nobody waits for it, and the session is idle. */
  #maySlip(sessionId: string): boolean {
    if (this.#paused || this.#running >= this.config.settings.MAX_CONCURRENT_TURNS || this.#ready.size > 0) return false;
    const line = this.#lines.get(sessionId);
    return line === undefined || (!line.running && line.queued + line.reserved === 0);
  }

  #line(sessionId: string, tenantId: string): Line {
    let line = this.#lines.get(sessionId);
    if (line === undefined) this.#lines.set(sessionId, (line = { tenantId, reserved: 0, queued: 0, running: false }));
    return line;
  }

  #reserve(line: Line, by: 1 | -1): void {
    line.reserved += by;
    this.#queued += by;
  }

  #wait(line: Line, by: number): void {
    line.queued += by;
    this.#queued += by;
  }

  #occupy(line: Line): void {
    line.running = true;
    this.#running += 1;
  }

  #vacate(sessionId: string, line: Line): void {
    line.running = false;
    this.#running -= 1;
    this.#tidy(sessionId, line);
    this.#dispatch();
    if (this.#running > 0) return;
    for (const resolve of this.#whenIdle) resolve();
    this.#whenIdle = [];
  }

  #tidy(sessionId: string, line: Line): void {
    if (!line.running && line.queued + line.reserved === 0) this.#lines.delete(sessionId);
  }

  /** Lines the session up for a slot when it has something to do. */
  #kick(sessionId: string, line: Line): void {
    if (line.running || line.queued === 0) {
      this.#tidy(sessionId, line);
      return;
    }
    this.#ready.push(line.tenantId, sessionId);
    this.#dispatch();
  }

  #dispatch(): void {
    while (!this.#paused && this.#running < this.config.settings.MAX_CONCURRENT_TURNS) {
      const sessionId = this.#ready.shift();
      if (sessionId === undefined) return;
      const line = this.#lines.get(sessionId);
      if (line === undefined || line.running || line.queued === 0) continue;
      this.#occupy(line);
      void this.#start(sessionId, line);
    }
  }

  async #start(sessionId: string, line: Line): Promise<void> {
    failpoint('claim.before-commit');
    try {
      const claimed = await this.inbox.claim(sessionId, this.clock.now(), (started) => {
        failpoint('claim.after-commit');
        if (started === null) return;
        this.#wait(line, -1);
        this.conductor.run(started, this);
      });
      if (claimed !== null) return;
      await this.#recount(sessionId, line);
    } catch (error) {
      this.log.warn('a turn could not be started; trying again', { sessionId, error });
      await delay(RETRY_AFTER_MS, undefined, { ref: false });
    }
    this.#vacate(sessionId, line);
    this.#kick(sessionId, line);
  }

  /**
   * Nothing could be started although something should wait: takes the store's word for what does, and takes back a turn that runs
   * nowhere because the answer to its start was lost. What came to wait while the store was asked may count twice; the next try corrects it.
   */
  async #recount(sessionId: string, line: Line): Promise<void> {
    const before = line.queued;
    const waiting = await this.reclaimer.reclaim(sessionId);
    this.#wait(line, waiting + Math.max(0, line.queued - before) - line.queued);
  }
}
