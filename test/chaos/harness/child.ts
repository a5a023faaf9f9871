import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const START_DEADLINE_MS = 120_000;

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A program that runs it, with its arguments; the file follows them. */
  readonly under?: readonly string[];
}

type Told = { readonly kind: 'ready'; readonly port: number } | { readonly kind: 'weighed'; readonly liveBytes: number };

/** A program of test/chaos/processes in a process of its own, which ends with this one. */
export class Child {
  /** Everything it has written to stderr and stdout. */
  output = '';
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #process: ChildProcess;
  readonly #ready = Promise.withResolvers<number>();
  readonly #weighed: ((liveBytes: number) => void)[] = [];

  constructor(program: string, { env = {}, under = [] }: ChildOptions = {}) {
    const file = join(import.meta.dirname, '..', 'processes', `${program}.mjs`);
    const [execPath = process.execPath, ...execArgv] = under;
    this.#process = fork(file, {
      env: { PATH: process.env.PATH, ...env },
      execPath,
      execArgv,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) stream?.on('data', (chunk) => (this.output = `${this.output}${chunk}`.slice(-20_000)));
    this.#process.on('message', (message: Told) => {
      if (message.kind === 'ready') this.#ready.resolve(message.port);
      else this.#weighed.shift()?.(message.liveBytes);
    });
    this.exited = once(this.#process, 'exit').then(([code, signal]) => ({ code, signal }));
    void this.exited.then(({ code, signal }) => this.#ready.reject(new Error(`${program} ended (${code ?? signal}) before it was ready:\n${this.output}`)));
    this.#ready.promise.catch(() => undefined);
  }

  /** The port it listens on, once it does. */
  async ready(): Promise<number> {
    const tooLate = setTimeout(() => this.#ready.reject(new Error(`not ready in ${START_DEADLINE_MS} ms:\n${this.output}`)), START_DEADLINE_MS);
    try {
      return await this.#ready.promise;
    } finally {
      clearTimeout(tooLate);
    }
  }

  /** Bytes that it still needs after everything else was collected, outside of the heap too; a gateway under `--expose-gc` tells them. */
  liveBytes(): Promise<number> {
    return new Promise((resolve) => {
      this.#weighed.push(resolve);
      this.tell({ weigh: true });
    });
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  tell(message: object): void {
    this.#process.send(message);
  }
}
