import { Injectable } from '@nestjs/common';
import type { Usage } from '#libs/contracts';
import { BoundedNames } from './bounded-names.js';
import { BUCKETS, Metrics } from './metrics.js';

/** A turn at its end; times in milliseconds. */
export interface EndedTurn {
  readonly agent: string;
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly queuedMs: number;
  /** From acceptance to the end. */
  readonly durationMs: number;
  /** From acceptance to the first text; null when there was none. */
  readonly firstTextMs: number | null;
}

/** Agents that are told apart. */
const MAX_AGENTS = 50;
/** The agent of turns that ended before one worked on them. */
const NO_AGENT = 'none';

/** How turns went. */
@Injectable()
export class TurnMetrics {
  private readonly agents = new BoundedNames(MAX_AGENTS);
  private readonly turns;
  private readonly failures;
  private readonly queueWait;
  private readonly duration;
  private readonly firstText;
  private readonly tokens;
  private readonly cost;
  private readonly returned;

  constructor(metrics: Metrics) {
    this.turns = metrics.counter('parley_turns_total', 'Turns that ended, by agent and by how.', ['agent', 'outcome']);
    this.failures = metrics.counter('parley_turn_failures_total', 'Turns that failed, by the code of the problem.', ['code']);
    this.queueWait = metrics.histogram('parley_turn_queue_wait_seconds', 'Time from the acceptance of a message to the start of its turn.', BUCKETS.long);
    this.duration = metrics.histogram('parley_turn_duration_seconds', 'Time from the acceptance of a message to the end of its turn.', BUCKETS.long, ['agent']);
    this.firstText = metrics.histogram('parley_turn_first_text_seconds', 'Time from the acceptance of a message to the first text of its answer.', BUCKETS.long);
    this.tokens = metrics.counter('parley_tokens_total', 'Tokens that models counted for completed turns, by agent and direction.', ['agent', 'direction']);
    this.cost = metrics.counter('parley_model_cost_usd_total', 'What completed turns cost by the prices of their models, in US dollars, by agent.', ['agent']);
    this.returned = metrics.counter('parley_turns_put_back_total', 'Turns that went back into the queue to be started again.')();
  }

  ended({ agent, state, queuedMs, durationMs, firstTextMs }: EndedTurn): void {
    const name = this.agents.of(agent);
    this.turns(name, state)();
    this.queueWait()(queuedMs / 1000);
    this.duration(name)(durationMs / 1000);
    if (firstTextMs !== null) this.firstText()(firstTextMs / 1000);
  }

  /** A turn ended before an agent worked on it in this process. */
  endedWaiting(state: EndedTurn['state']): void {
    this.turns(NO_AGENT, state)();
  }

  /** `code` is one of the table of errors. */
  failed(code: string): void {
    this.failures(code)();
  }

  used(agent: string, { inputTokens, outputTokens, costUsd }: Usage): void {
    const name = this.agents.of(agent);
    this.tokens(name, 'input')(inputTokens);
    this.tokens(name, 'output')(outputTokens);
    if (costUsd !== undefined) this.cost(name)(costUsd);
  }

  putBack(): void {
    this.returned();
  }
}
