import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server under measure in a process of its own; it answers questions about its use of the machine. */
export class ServerProcess {
  static async start(file, settings = {}) {
    const dataDir = mkdtempSync(join(tmpdir(), 'parley-bench-'));
    const child = fork(new URL(file, import.meta.url), {
      env: { PATH: process.env.PATH, DATA_DIR: dataDir, ...settings },
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const server = new ServerProcess(child, dataDir);
    server.url = (await server.#next('ready')).url;
    return server;
  }

  #child;
  #dataDir;

  constructor(child, dataDir) {
    this.#child = child;
    this.#dataDir = dataDir;
  }

  /** User and system CPU of the process so far, in microseconds. */
  async cpuMicros() {
    this.#child.send('cpu');
    return (await this.#next('cpu')).micros;
  }

  /** Resident memory after a collection, in bytes. */
  async memoryBytes() {
    this.#child.send('memory');
    return (await this.#next('memory')).bytes;
  }

  /** How many commits the store has made so far. */
  async commits() {
    this.#child.send('commits');
    return (await this.#next('commits')).count;
  }

  /** Tells it something that it does not answer. */
  tell(message) {
    this.#child.send(message);
  }

  async stop() {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  #next(kind) {
    return new Promise((resolve, reject) => {
      const take = (message) => {
        if (message.kind !== kind) return;
        this.#child.off('message', take);
        this.#child.off('exit', fail);
        resolve(message);
      };
      const fail = (code) => reject(new Error(`the server ended with ${code}`));
      this.#child.on('message', take);
      this.#child.once('exit', fail);
    });
  }
}
