import type { ClaimedTurn } from '#libs/ports';
import { Agent } from '../../src/orchestrator/agents/agent.js';
import type { TurnEvent } from '../../src/orchestrator/orchestrator.service.js';

export const COMPLETED: TurnEvent = { type: 'completed', model: 'test/scripted', usage: { inputTokens: 1, outputTokens: 1 } };

export type Script = (turn: ClaimedTurn, signal: AbortSignal) => AsyncIterable<TurnEvent>;

/** An in-process agent that does what the test says. */
export class ScriptedAgent extends Agent {
  /** The turns it was given, in order. */
  readonly turns: ClaimedTurn[] = [];

  constructor(
    readonly name: string,
    private readonly script: Script,
  ) {
    super();
  }

  override run(turn: ClaimedTurn, signal: AbortSignal): AsyncIterable<TurnEvent> {
    this.turns.push(turn);
    return this.script(turn, signal);
  }
}

/** Says what it was told. */
export function echoAgent(name = 'echo'): ScriptedAgent {
  return new ScriptedAgent(name, async function* (turn) {
    yield { type: 'text', text: typeof turn.content === 'string' ? turn.content : 'parts' };
    yield COMPLETED;
  });
}

/** Says `before`, then waits until the test opens the gate (or the turn is stopped), then says `after`. */
export class GatedAgent extends ScriptedAgent {
  #open: () => void = () => undefined;
  readonly #gate: Promise<void>;

  constructor(name: string, before: string, after: string) {
    super(name, (_turn, signal) => this.#say(before, after, signal));
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  open(): void {
    this.#open();
  }

  async *#say(before: string, after: string, signal: AbortSignal): AsyncGenerator<TurnEvent> {
    if (before !== '') yield { type: 'text', text: before };
    await Promise.race([this.#gate, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
    signal.throwIfAborted();
    yield { type: 'text', text: after };
    yield COMPLETED;
  }
}

/** Never says anything and never listens. */
export function deafAgent(name = 'deaf'): ScriptedAgent {
  return new ScriptedAgent(name, async function* () {
    await new Promise(() => undefined);
  });
}
