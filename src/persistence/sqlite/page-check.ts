import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const LOOK_EVERY_MS = 10;
const PROGRAM = fileURLToPath(new URL(`./page-check-process${extname(import.meta.url)}`, import.meta.url));

/** What is said of a file whose check did not come to its end. */
export const UNCHECKED = 'the check after an end by force did not come to its end (its process died); the next start checks again';

/** All pages of a database file, read and checked by a process of its own that ends with this one. */
export class PageCheck {
  readonly #file: string;
  readonly #process: ChildProcess;
  #found: string | null = null;
  #ended = false;
  #stopped = false;

  private constructor(child: ChildProcess, file: string) {
    this.#process = child;
    this.#file = file;
    child.once('exit', () => (this.#ended = true));
    child.unref();
  }

  /** Null when the system gives no process for it now. `file` must be open in this process, in WAL mode. */
  static begin(file: string): PageCheck | null {
    const verdict = `${file}.check`;
    writeFileSync(verdict, '', { mode: 0o600 });
    const child = spawned(file, verdict);
    if (child !== null) return new PageCheck(child, verdict);
    rmSync(verdict, { force: true });
    return null;
  }

  /** `ok`, what is wrong with the file, or null as long as that is not known. */
  get found(): string | null {
    if (!this.#stopped) this.#found ??= this.#read();
    return this.#found;
  }

  /** As `found`, and blocks this thread for at most so long until it is known. */
  foundWithin(ms: number): string | null {
    const until = performance.now() + ms;
    while (this.found === null && performance.now() < until) pause(LOOK_EVERY_MS);
    return this.found;
  }

  /** True when the process died before it knew. */
  get unfinished(): boolean {
    return this.#ended && !this.#stopped && this.found === null;
  }

  /** Tells what is wrong with the file once that is known, or null when the process dies before it is; nothing when all is well. */
  onEnd(tell: (what: string | null) => void): void {
    this.#process.once('exit', () => {
      if (!this.#stopped && this.found !== 'ok') tell(this.found);
    });
  }

  /** Ends the check, wherever it is. */
  stop(): void {
    if (this.#stopped) return;
    this.#found = this.found;
    this.#stopped = true;
    this.#process.kill('SIGKILL');
    rmSync(this.#file, { force: true });
  }

  #read(): string | null {
    const text = readFileSync(this.#file, 'utf8');
    return text.endsWith('\n') ? text.trim() : null;
  }
}

/** Most reasons why there is no process are told later, by an event; some are thrown. */
function spawned(file: string, verdict: string): ChildProcess | null {
  try {
    const child = spawn(process.execPath, [PROGRAM, file, verdict], { stdio: ['pipe', 'ignore', 'ignore'], env: {} });
    child.on('error', () => undefined);
    return child.pid === undefined ? null : child;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return null;
    throw error;
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
