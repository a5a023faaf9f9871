import { FailureError, type ErrorCode } from '#libs/contracts';
import type { ClaimedTurn } from '#libs/ports';
import { Agent } from '../../../src/orchestrator/agents/agent.js';
import type { TurnEvent } from '../../../src/orchestrator/orchestrator.service.js';

type Cue = TurnEvent | FailureError;

interface Waiter {
  readonly take: (cue: Cue) => void;
}

/** An agent that says what the test tells it to, when the test tells it to. */
export class PacedAgent extends Agent {
  readonly name = 'paced';
  private readonly queue: Cue[] = [];
  private waiter: Waiter | null = null;

  say(text: string): void {
    this.push({ type: 'text', text });
  }

  tell(event: TurnEvent): void {
    this.push(event);
  }

  finish(): void {
    this.push({ type: 'completed', model: 'test/paced', usage: { inputTokens: 12, outputTokens: 34 } });
  }

  fail(code: ErrorCode, detail: string): void {
    this.push(FailureError.of(code, detail));
  }

  /** Drops what was cued and not said. */
  forget(): void {
    this.queue.length = 0;
  }

  async *run(_turn: ClaimedTurn, signal: AbortSignal): AsyncIterable<TurnEvent> {
    for (;;) {
      const event = await this.next(signal);
      if (event instanceof FailureError) throw event;
      yield event;
      if (event.type === 'completed') return;
    }
  }

  private push(event: Cue): void {
    if (this.waiter === null) this.queue.push(event);
    else this.waiter.take(event);
  }

  private next(signal: AbortSignal): Promise<Cue> {
    const ready = this.queue.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const stopped = (): void => {
        this.waiter = null;
        reject(new Error('the turn was stopped'));
      };
      signal.addEventListener('abort', stopped, { once: true });
      this.waiter = {
        take: (event) => {
          this.waiter = null;
          signal.removeEventListener('abort', stopped);
          resolve(event);
        },
      };
    });
  }
}
