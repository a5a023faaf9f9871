import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { failure, type Failure, type TurnState } from '#libs/contracts';
import { FairQueue, Slots } from '#libs/policy';
import { Clock, Inbox, type AcceptOutcome, type Started } from '#libs/ports';
import { failpoint } from '../observability/failpoint.js';
import { Log } from '../observability/log.js';
import { Conductor, type Handover } from './conductor.js';
import { TurnReclaimer } from './turn-reclaimer.js';

/** How long a refused sender is asked to wait. */
const RETRY_AFTER_MS = 1000;
/** Turns that wait for stopped agents in this process; what comes on top counts as queued. */
const PARKED_LIMIT = 100_000;

interface Line {
  readonly tenantId: string;
  /** Messages that are about to be stored. */
  reserved: number;
  /** Turns that wait in this session, as far as this process knows. */
  queued: number;
  /** A turn of the session holds a slot. */
  running: boolean;
  /** Whose turn that is, as far as its agent's slots are concerned. */
  agent: string | null;
  /** The agent whose slot it waits for. */
  waitsFor: string | null;
  /** That agent is stopped: its turns are not counted as queued. */
  parked: boolean;
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
  /** What agents may start now; the deployments set its limits. */
  readonly slots = new Slots((sessionId) => this.#wake(sessionId));
  /** Turns that wait and messages about to be stored, over all sessions. */
  #queued = 0;
  #parked = 0;
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
  full(sessionId: string, tenantId: string): Failure | null {
    const { INBOX_LIMIT, SESSION_QUEUE_LIMIT } = this.config.settings;
    if (this.#maySlip(sessionId, tenantId)) return null;
    const line = this.#lines.get(sessionId);
    if (this.#queued >= INBOX_LIMIT && line?.parked !== true) return failure('overloaded', 'the inbox is full', { retryAfterMs: RETRY_AFTER_MS });
    if (line !== undefined && line.queued + line.reserved >= SESSION_QUEUE_LIMIT) {
      return failure('overloaded', `${SESSION_QUEUE_LIMIT} turns are queued in this session`, { retryAfterMs: RETRY_AFTER_MS });
    }
    return null;
  }

  /** Keeps a place for a message that is about to be stored. Ask `full` first, in the same breath. */
  reserve(sessionId: string, tenantId: string): Place {
    const start = this.#maySlip(sessionId, tenantId);
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
      this.#run(line, outcome.started);
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
    if (this.#paused || this.#ready.size > 0 || line === undefined || this.slots.restricts(line.tenantId)) return false;
    return line.queued + line.reserved > 0;
  }

  released(sessionId: string, ending: TurnState, next: Started | null): void {
    const line = this.#lines.get(sessionId);
    if (line === undefined) return;
    this.#free(line);
    if (next !== null) {
      this.#wait(line, -1);
      this.#run(line, next);
      return;
    }
    if (ending === 'queued') this.#wait(line, 1);
    this.#vacate(sessionId, line);
    this.#kick(sessionId, line);
  }

  /** A slot is free, nobody waits for it, and the session is idle. */
  #maySlip(sessionId: string, tenantId: string): boolean {
    if (this.slots.restricts(tenantId)) return false;
    if (this.#paused || this.#running >= this.config.settings.MAX_CONCURRENT_TURNS || this.#ready.size > 0) return false;
    const line = this.#lines.get(sessionId);
    return line === undefined || (!line.running && line.queued + line.reserved === 0);
  }

  #line(sessionId: string, tenantId: string): Line {
    let line = this.#lines.get(sessionId);
    if (line === undefined) this.#lines.set(sessionId, (line = { tenantId, reserved: 0, queued: 0, running: false, agent: null, waitsFor: null, parked: false }));
    return line;
  }

  #reserve(line: Line, by: 1 | -1): void {
    line.reserved += by;
    this.#queued += by;
  }

  #wait(line: Line, by: number): void {
    line.queued += by;
    if (line.parked) this.#parked += by;
    else this.#queued += by;
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
    if (line.running || line.queued + line.reserved > 0) return;
    if (line.waitsFor !== null) this.slots.forget(line.tenantId, line.waitsFor, sessionId);
    this.#lines.delete(sessionId);
  }

  /** Lines the session up for a slot when it has something to do. */
  #kick(sessionId: string, line: Line): void {
    if (line.running || line.queued === 0) {
      this.#tidy(sessionId, line);
      return;
    }
    if (line.waitsFor !== null) return;
    this.#ready.push(line.tenantId, sessionId);
    this.#dispatch();
  }

  #dispatch(): void {
    while (!this.#paused && this.#running < this.config.settings.MAX_CONCURRENT_TURNS) {
      const sessionId = this.#ready.shift();
      if (sessionId === undefined) return;
      const line = this.#lines.get(sessionId);
      if (line === undefined || line.running || line.queued === 0) {
        this.slots.settled(sessionId);
        continue;
      }
      this.#occupy(line);
      void this.#start(sessionId, line);
    }
  }

  async #start(sessionId: string, line: Line): Promise<void> {
    failpoint('claim.before-commit');
    try {
      if (await this.#claim(sessionId, line)) return;
    } catch (error) {
      this.log.warn('a turn could not be started; trying again', { sessionId, error });
      await delay(RETRY_AFTER_MS, undefined, { ref: false });
    } finally {
      this.slots.settled(sessionId);
    }
    this.#vacate(sessionId, line);
    this.#kick(sessionId, line);
  }

  /** True when a turn runs now. Where an agent has a limit, its slot is taken first and the turn is claimed for that agent alone. */
  async #claim(sessionId: string, line: Line): Promise<boolean> {
    const { tenantId } = line;
    const asked = this.slots.restricts(tenantId);
    const agent = asked ? await this.inbox.waitingAgent(sessionId) : null;
    if (agent !== null && !this.slots.take(tenantId, agent)) {
      this.#waitFor(sessionId, line, agent);
      return false;
    }
    line.agent = agent;
    try {
      const claimed =
        asked && agent === null ? null : await this.inbox.claim(sessionId, this.clock.now(), (started) => this.#claimed(line, started), agent ?? undefined);
      if (claimed !== null) return true;
    } catch (error) {
      this.#free(line);
      throw error;
    }
    this.#free(line);
    await this.#recount(sessionId, line);
    return false;
  }

  #claimed(line: Line, started: Started | null): void {
    failpoint('claim.after-commit');
    if (started === null) return;
    this.#wait(line, -1);
    this.#run(line, started);
  }

  #run(line: Line, started: Started): void {
    if (line.agent === null) this.slots.add(line.tenantId, started.turn.agent);
    line.agent = started.turn.agent;
    this.conductor.run(started, this);
  }

  /** Its agent's slot is free again. */
  #free(line: Line): void {
    if (line.agent === null) return;
    const { agent } = line;
    line.agent = null;
    this.slots.leave(line.tenantId, agent);
  }

  #waitFor(sessionId: string, line: Line, agent: string): void {
    line.waitsFor = agent;
    if (this.slots.isStopped(line.tenantId, agent) && this.#parked + line.queued <= PARKED_LIMIT) this.#park(line, true);
    this.slots.wait(line.tenantId, agent, sessionId);
  }

  #wake(sessionId: string): void {
    const line = this.#lines.get(sessionId);
    if (line === undefined) {
      this.slots.settled(sessionId);
      return;
    }
    line.waitsFor = null;
    this.#park(line, false);
    if (line.running || line.queued === 0) this.slots.settled(sessionId);
    else this.#kick(sessionId, line);
  }

  #park(line: Line, parked: boolean): void {
    if (line.parked === parked) return;
    this.#queued += parked ? -line.queued : line.queued;
    this.#parked += parked ? line.queued : -line.queued;
    line.parked = parked;
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
