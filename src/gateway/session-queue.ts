import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { failure, type Failure, type TurnState } from '#libs/contracts';
import { FairQueue, Slots } from '#libs/policy';
import { Clock, Inbox, type AcceptOutcome, type ClaimedTurn, type Started } from '#libs/ports';
import { failpoint } from '../observability/failpoint.js';
import { Log } from '../observability/log.js';
import { TenantCount } from '../throttling/tenant-count.js';
import { TurnsAtOnce } from '../throttling/turns-at-once.js';
import { Conductor, type Handover } from './conductor.js';
import { SessionLines, type Line } from './session-lines.js';
import { Egress } from './egress.js';
import { TurnReclaimer } from './turn-reclaimer.js';

/** How long a refused sender is asked to wait. */
const RETRY_AFTER_MS = 1000;
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
  readonly #lines: SessionLines;
  readonly #ready = new FairQueue();
  /** What agents may start now; the deployments set its limits. */
  readonly slots = new Slots((sessionId) => this.#wake(sessionId));
  readonly #mayStart = (tenantId: string) =>
    this.#lines.running < this.config.settings.MAX_CONCURRENT_TURNS && this.#lines.mayStart(tenantId, this.tenants.several);
  #paused = true;

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly inbox: Inbox,
    private readonly conductor: Conductor,
    private readonly reclaimer: TurnReclaimer,
    private readonly egress: Egress,
    private readonly turns: TurnsAtOnce,
    private readonly tenants: TenantCount,
    private readonly log: Log,
  ) {
    const { INBOX_LIMIT, MAX_CONCURRENT_TURNS } = config.settings;
    this.#lines = new SessionLines(INBOX_LIMIT, MAX_CONCURRENT_TURNS);
  }

  get queued(): number {
    return this.#lines.queued;
  }

  get running(): number {
    return this.#lines.running;
  }

  /** Why a message for this session cannot be taken now, or null. */
  full(sessionId: string, tenantId: string): Failure | null {
    const { SESSION_QUEUE_LIMIT } = this.config.settings;
    if (this.#maySlip(sessionId, tenantId)) return null;
    const line = this.#lines.find(sessionId);
    if (line?.parked !== true && !this.#lines.hasRoom(tenantId, this.tenants.several)) {
      return failure('overloaded', 'the inbox is full', { retryAfterMs: RETRY_AFTER_MS });
    }
    if (line !== undefined && line.queued + line.reserved >= SESSION_QUEUE_LIMIT) {
      return failure('overloaded', `${SESSION_QUEUE_LIMIT} turns are queued in this session`, { retryAfterMs: RETRY_AFTER_MS });
    }
    return null;
  }

  /** Keeps a place for a message that is about to be stored. Ask `full` first, in the same breath. */
  reserve(sessionId: string, tenantId: string): Place {
    const start = this.#maySlip(sessionId, tenantId);
    const line = this.#lines.open(sessionId, tenantId);
    if (start) this.#lines.occupy(line);
    else this.#lines.reserve(line, 1);
    return { sessionId, start };
  }

  /** Gives a place back that was not used: the message was refused, a duplicate, or could not be stored. */
  cancel(place: Place): void {
    const line = this.#lines.find(place.sessionId);
    if (line === undefined) return;
    if (place.start) this.#vacate(line);
    else this.#lines.reserve(line, -1);
    this.#kick(line);
  }

  /** The store did not say whether it took the message of this place: it counts as waiting until the store says otherwise. */
  doubt(place: Place): void {
    const line = this.#lines.find(place.sessionId);
    if (line === undefined) return;
    this.#lines.wait(line, 1);
    this.cancel(place);
  }

  /** The message of this place was accepted; called at the commit. */
  settle(place: Place, outcome: Extract<AcceptOutcome, { kind: 'accepted' }>): void {
    const line = this.#lines.find(place.sessionId);
    if (line === undefined) return;
    if (outcome.started !== null) {
      this.#run(line, outcome.started);
      return;
    }
    this.#lines.wait(line, 1);
    this.cancel(place);
  }

  /** A turn that waits in the store from before: put back, or found at the start. */
  restore(sessionId: string, tenantId: string): void {
    const line = this.#lines.open(sessionId, tenantId);
    this.#lines.wait(line, 1);
    this.#kick(line);
  }

  /** A queued turn of the session was ended. */
  dropped(sessionId: string): void {
    const line = this.#lines.find(sessionId);
    if (line === undefined) return;
    this.#lines.wait(line, -1);
    this.#tidy(line);
  }

  /** Resolves when no turn holds a slot. */
  idle(): Promise<void> {
    return this.#lines.idle();
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
    const line = this.#lines.find(sessionId);
    if (this.#paused || this.#ready.size > 0 || line === undefined || this.slots.restricts(line.tenantId)) return false;
    if (!this.#lines.mayKeep(line.tenantId, this.tenants.several)) return false;
    return line.queued + line.reserved > 0;
  }

  released({ sessionId, turnId }: Pick<ClaimedTurn, 'sessionId' | 'turnId'>, ending: TurnState, next: Started | null): void {
    if (ending !== 'queued') this.turns.leave(turnId);
    const line = this.#lines.find(sessionId);
    if (line === undefined) return;
    this.#free(line);
    if (next !== null) {
      this.#lines.wait(line, -1);
      this.#run(line, next);
      return;
    }
    if (ending === 'queued') this.#lines.wait(line, 1);
    this.#vacate(line);
    this.#kick(line);
  }

  /** A slot is free for the tenant, nobody waits for it, and the session is idle. */
  #maySlip(sessionId: string, tenantId: string): boolean {
    if (this.slots.restricts(tenantId)) return false;
    if (this.#paused || !this.#mayStart(tenantId) || this.#ready.hasNext(this.#mayStart)) return false;
    const line = this.#lines.find(sessionId);
    return line === undefined || (!line.running && line.queued + line.reserved === 0);
  }

  #vacate(line: Line): void {
    this.#lines.vacate(line);
    this.#tidy(line);
    this.#dispatch();
    this.#lines.tellIdle();
  }

  #tidy(line: Line): void {
    if (this.#lines.closes(line) && line.waitsFor !== null) this.slots.forget(line.tenantId, line.waitsFor, line.sessionId);
  }

  /** Lines the session up for a slot when it has something to do. */
  #kick(line: Line): void {
    if (line.running || line.queued === 0) {
      this.#tidy(line);
      return;
    }
    if (line.waitsFor !== null) return;
    this.#ready.push(line.tenantId, line.sessionId);
    this.#dispatch();
  }

  #dispatch(): void {
    while (!this.#paused && this.#lines.running < this.config.settings.MAX_CONCURRENT_TURNS) {
      const sessionId = this.#ready.shift(this.#mayStart);
      if (sessionId === undefined) return;
      const line = this.#lines.find(sessionId);
      if (line === undefined || line.running || line.queued === 0) {
        this.slots.settled(sessionId);
        continue;
      }
      this.#lines.occupy(line);
      void this.#start(line);
    }
  }

  async #start(line: Line): Promise<void> {
    const { sessionId } = line;
    failpoint('claim.before-commit');
    try {
      if (await this.#claim(line)) return;
    } catch (error) {
      this.log.warn('a turn could not be started; trying again', { sessionId, error });
      this.egress.doubt(sessionId);
      await delay(RETRY_AFTER_MS, undefined, { ref: false });
    } finally {
      this.slots.settled(sessionId);
    }
    this.#vacate(line);
    this.#kick(line);
  }

  /** True when a turn runs now. Where an agent has a limit, its slot is taken first and the turn is claimed for that agent alone. */
  async #claim(line: Line): Promise<boolean> {
    const { sessionId, tenantId } = line;
    const asked = this.slots.restricts(tenantId);
    const agent = asked ? await this.inbox.waitingAgent(sessionId) : null;
    if (agent !== null && !this.slots.take(tenantId, agent)) {
      this.#waitFor(line, agent);
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
    await this.#recount(line);
    return false;
  }

  #claimed(line: Line, started: Started | null): void {
    failpoint('claim.after-commit');
    if (started === null) return;
    this.#lines.wait(line, -1);
    this.#run(line, started);
  }

  #run(line: Line, started: Started): void {
    const { turnId, sessionId, tenantId, author } = started.turn;
    this.turns.take({ turnId, sessionId }, { tenantId, ...author });
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

  #waitFor(line: Line, agent: string): void {
    line.waitsFor = agent;
    if (this.slots.isStopped(line.tenantId, agent)) this.#lines.park(line);
    this.slots.wait(line.tenantId, agent, line.sessionId);
  }

  #wake(sessionId: string): void {
    const line = this.#lines.find(sessionId);
    if (line === undefined) {
      this.slots.settled(sessionId);
      return;
    }
    line.waitsFor = null;
    this.#lines.unpark(line);
    if (line.running || line.queued === 0) this.slots.settled(sessionId);
    else this.#kick(line);
  }

  /**
   * Nothing could be started although something should wait: takes the store's word for what does, and takes back a turn that runs
   * nowhere because the answer to its start was lost. What came to wait while the store was asked may count twice; the next try corrects it.
   */
  async #recount(line: Line): Promise<void> {
    const before = line.queued;
    const waiting = await this.reclaimer.reclaim(line.sessionId);
    this.#lines.wait(line, waiting + Math.max(0, line.queued - before) - line.queued);
  }
}
