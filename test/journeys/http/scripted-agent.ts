import { contentText, FailureError } from '#libs/contracts';
import type { ClaimedTurn } from '#libs/ports';
import { Agent } from '../../../src/orchestrator/agents/agent.js';
import type { TurnEvent } from '../../../src/orchestrator/orchestrator.service.js';

const USAGE = { inputTokens: 1, outputTokens: 1 };

/** Answers what the test asks for: `hold` waits for `release`, `fail` fails, `long N` says N letters, anything else is said again. */
export class ScriptedAgent extends Agent {
  readonly name = 'scripted';
  private held: (() => void)[] = [];

  override async *run(turn: ClaimedTurn, signal: AbortSignal): AsyncIterable<TurnEvent> {
    const text = contentText(turn.content);
    if (text === 'fail') {
      yield { type: 'text', text: 'half of it' };
      throw FailureError.of('provider_error', 'The model went away.');
    }
    const [, letters] = /^long (\d+)$/.exec(text) ?? [];
    if (letters !== undefined) {
      for (let left = Number(letters); left > 0; left -= 16_384) yield { type: 'text', text: 'x'.repeat(Math.min(left, 16_384)) };
    } else if (text === 'hold') {
      yield { type: 'text', text: 'wait' };
      await new Promise<void>((resolve) => {
        this.held.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      yield { type: 'text', text: 'ed' };
    } else {
      yield { type: 'text', text: text.slice(0, 2) };
      yield { type: 'text', text: text.slice(2) };
    }
    yield { type: 'completed', model: 'scripted', usage: USAGE };
  }

  /** Lets every turn that is held go on. */
  release(): void {
    const held = this.held;
    this.held = [];
    for (const go of held) go();
  }
}
