import type { Ack, CommandName } from '#libs/contracts';
import { ProblemError, UnreachableError } from './problem-error.js';

interface Command {
  readonly name: CommandName;
  readonly payload: object;
  answered(ack: Ack<object>): void;
  failed(error: Error): void;
}

const MAX_WAITING = 1000;

/** The commands that have no answer yet, over as many connections as it takes. */
export class PendingCommands {
  readonly #commands = new Set<Command>();

  /** `put` sends one over the connection that stands; `withinMs` is how long one may go without an answer. */
  constructor(
    private readonly put: (name: CommandName, payload: object, answer: (ack: Ack<object>) => void) => void,
    private readonly withinMs: number,
  ) {}

  /**
   * `now` sends it at once, else it waits for `sendAll`. `first` runs before the promise resolves. A refusal because the gateway shuts down is
   * no answer: the next one is asked again.
   */
  ask<Result extends object>(name: CommandName, payload: object, now: boolean, first?: (result: Result) => void): Promise<Result> {
    if (this.#commands.size >= MAX_WAITING) return Promise.reject(new UnreachableError(`${MAX_WAITING} commands wait for an answer`));
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#commands.delete(command);
      };
      const command: Command = {
        name,
        payload,
        answered: (ack) => {
          if (!ack.ok && ack.error.code === 'shutting_down') return;
          settle();
          if (!ack.ok) return reject(new ProblemError(ack.error));
          const { ok: _, ...result } = ack;
          first?.(result as Result);
          resolve(result as Result);
        },
        failed: (error) => {
          settle();
          reject(error);
        },
      };
      const timer = setTimeout(() => command.failed(new UnreachableError(`no answer to ${name} within ${this.withinMs} ms`)), this.withinMs);
      this.#commands.add(command);
      if (now) this.#send(command);
    });
  }

  /** Sends each once more, over a new connection. */
  sendAll(): void {
    for (const command of this.#commands) this.#send(command);
  }

  /** Rejects all. */
  fail(error: Error): void {
    for (const command of [...this.#commands]) command.failed(error);
  }

  #send(command: Command): void {
    this.put(command.name, command.payload, (ack) => {
      if (this.#commands.has(command)) command.answered(ack);
    });
  }
}
