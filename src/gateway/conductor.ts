import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { failure, FailureError, type Failure, type TurnState } from '#libs/contracts';
import { Clock, Inbox, StorageError, Tracing, type ClaimedTurn, type Fact, type Started, type TurnEnd } from '#libs/ports';
import { attemptsExhausted, IdMap, mayStartAgain } from '#libs/policy';
import { failpoint } from '../observability/failpoint.js';
import { Log } from '../observability/log.js';
import { OrchestratorService, type TurnEvent } from '../orchestrator/orchestrator.service.js';
import { Egress } from './egress.js';
import { RunningTurn, STOPPED } from './running-turn.js';
import { TurnEndings } from './turn-endings.js';
import { TurnKeeper } from './turn-keeper.js';
import { beginTurnSpan, tellUsage, within } from './turn-span.js';

/** What the conductor asks of whoever gave it the turn. */
export interface Handover {
  /** Whether the session's next turn may start in the commit that ends this one. */
  wantsNext(sessionId: string): boolean;
  /** The turn is not this process's any more; called at the commit. */
  released(turn: Pick<ClaimedTurn, 'sessionId' | 'turnId'>, ending: TurnState, next: Started | null): void;
}

type Ending = TurnEnd | 'put-back';

/**
 * Runs turns: pulls the agent's events, stores what is to be stored before it is sent, and gives each turn its one end.
 * Knows neither kinds of channel nor kinds of agent.
 */
@Injectable()
export class Conductor {
  readonly #running = new IdMap<RunningTurn>();
  readonly #bySession = new IdMap<RunningTurn>();

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly inbox: Inbox,
    private readonly orchestrator: OrchestratorService,
    private readonly egress: Egress,
    private readonly endings: TurnEndings,
    private readonly keeper: TurnKeeper,
    private readonly log: Log,
    private readonly tracing: Tracing,
  ) {}

  /** Takes over a turn that was just started in the store; announces it and works on it. */
  run(started: Started, handover: Handover): void {
    failpoint('start.after-commit');
    const running = new RunningTurn(started.turn, beginTurnSpan(this.tracing, started.turn));
    this.#running.set(started.turn.turnId, running);
    this.#bySession.set(started.turn.sessionId, running);
    this.egress.publish(started.frames);
    queueMicrotask(() => void this.#work(running, handover));
  }

  find(turnId: string): RunningTurn | undefined {
    return this.#running.get(turnId);
  }

  findBySession(sessionId: string): RunningTurn | undefined {
    return this.#bySession.get(sessionId);
  }

  /** The turns at work now. */
  get running(): Iterable<RunningTurn> {
    return this.#running.values();
  }

  async #work(running: RunningTurn, handover: Handover): Promise<void> {
    const timeout = setTimeout(() => running.stop({ kind: 'timeout' }), this.config.settings.TURN_TIMEOUT_MS);
    this.keeper.watch(running);
    let ending: Ending;
    try {
      ending = await this.#perform(running);
    } catch (error) {
      ending = this.#failed(running, error);
    }
    clearTimeout(timeout);
    this.keeper.forget(running);
    await this.#settle(running, ending, handover);
  }

  async #perform(running: RunningTurn): Promise<Ending> {
    if (running.turn.damaged === true) throw FailureError.of('execution_failed', 'the stored message is damaged');
    const events = this.orchestrator.run(within(running.span, running.turn), running.signal)[Symbol.asyncIterator]();
    for (;;) {
      const next = await running.orStopped(events.next());
      if (next === STOPPED) {
        events.return?.().catch((error: unknown) => this.log.debug('agent failed after it was stopped', { turnId: running.turn.turnId, requestId: running.requestId, error }));
        return this.#stopped(running);
      }
      if (next.done === true) throw new Error('the agent ended without completing');
      const event = next.value;
      if (event.type === 'completed') {
        tellUsage(running.span, event);
        return this.endings.completed(running, event, this.clock.now());
      }
      const storing = this.#take(running, event);
      if (storing !== undefined) await storing;
    }
  }

  #take(running: RunningTurn, event: Exclude<TurnEvent, { type: 'completed' }>): Promise<void> | undefined {
    const { turn } = running;
    switch (event.type) {
      case 'text': {
        if (event.text === '') return undefined;
        const at = this.clock.now();
        const offset = running.text.length;
        running.text += event.text;
        running.firstTextAt ??= at;
        this.egress.publishText(turn.sessionId, turn.turnId, offset, event.text, at);
        this.keeper.grew(running, at);
        return undefined;
      }
      case 'step-settled':
        running.settled = running.text.length;
        return undefined;
      case 'phase-changed':
        return this.#append(running, { phase: event.phase }, event.type);
      case 'tool-called':
        return this.#append(running, { callId: event.callId, skill: event.skill, input: event.input }, event.type);
      case 'tool-finished':
        return this.#append(running, { callId: event.callId, outcome: event.outcome, output: event.output }, event.type);
    }
  }

  async #append(running: RunningTurn, fields: object, type: 'phase-changed' | 'tool-called' | 'tool-finished'): Promise<void> {
    const { turn } = running;
    const fact: Fact = { type, turnId: turn.turnId, at: this.clock.now(), fields: { turnId: turn.turnId, ...fields } };
    failpoint(`${type}.before-commit`);
    const result = await this.inbox.append(turn, [fact], running.checkpoint, (frames) => {
      failpoint(`${type}.after-commit`);
      this.egress.publish(frames);
    });
    if (result === 'stale') throw FailureError.of('internal', 'the turn was taken over');
    running.kept = running.text.length;
    running.unkeptSince = null;
  }

  #stopped(running: RunningTurn): Ending {
    const reason = running.stopReason;
    if (reason === null || reason.kind === 'shutdown') return this.#putBack(running);
    const at = this.clock.now();
    if (reason.kind === 'cancelled') return this.endings.cancelled(running, reason.by, at);
    return this.endings.failed(running, failure('timeout', `the turn ran longer than ${this.config.settings.TURN_TIMEOUT_MS} ms`), at);
  }

  #failed(running: RunningTurn, error: unknown): Ending {
    if (running.stopReason !== null) return this.#stopped(running);
    if (error instanceof StorageError) {
      this.egress.doubt(running.turn.sessionId);
      return this.#putBack(running);
    }
    let told: Failure;
    if (error instanceof FailureError) told = error.failure;
    else {
      this.log.error('an agent failed unexpectedly', { turnId: running.turn.turnId, requestId: running.requestId, error });
      told = failure('execution_failed', 'the agent failed unexpectedly');
    }
    return this.endings.failed(running, told, this.clock.now());
  }

  #putBack(running: RunningTurn): Ending {
    if (mayStartAgain(running.turn.attempt)) return 'put-back';
    return this.endings.failed(running, attemptsExhausted(), this.clock.now());
  }

  async #settle(running: RunningTurn, ending: Ending, handover: Handover): Promise<void> {
    const { turn } = running;
    await this.keeper.untilStored(running, async () => {
      if (ending === 'put-back') {
        failpoint('release.before-commit');
        await this.inbox.release(turn);
        failpoint('release.after-commit');
        this.endings.putBack(running);
        this.#letGo(running, 'queued', handover, null);
        return;
      }
      failpoint('finish.before-commit');
      const result = await this.inbox.finish(turn, ending, handover.wantsNext(turn.sessionId), (finished) => {
        failpoint('finish.after-commit');
        this.egress.publish(finished.frames);
        failpoint('finish.after-publish');
        this.#letGo(running, ending.state, handover, finished.started);
        this.endings.note(running, ending);
      });
      if (result !== 'stale') return;
      const state = await this.keeper.publishEndOf(turn);
      this.#letGo(running, state, handover, null);
    });
  }

  #letGo(running: RunningTurn, state: TurnState, handover: Handover, next: Started | null): void {
    const { turnId, sessionId } = running.turn;
    this.#running.delete(turnId);
    if (this.#bySession.get(sessionId) === running) this.#bySession.delete(sessionId);
    running.end(state);
    handover.released(running.turn, state, next);
  }
}
