import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'dist', 'program', 'cli.js');
const DEADLINE_MS = 60_000;

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcessWithoutNullStreams;
  readonly result: Promise<CliResult>;
  /** Resolves when stdout and stderr together hold the text; rejects when it ends without it, however it ends. */
  printed(text: string): Promise<void>;
}

/** Starts the built command line as a process of its own, without a terminal; killed after a minute. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCli {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, ...env } });
  const out = { stdout: '', stderr: '' };
  let changed = Promise.withResolvers<void>();
  const tell = () => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      out[name] += text;
      tell();
    });
  }
  let ended = false;
  child.once('close', () => {
    ended = true;
    tell();
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const result = once(child, 'close').then(([code]: (number | null)[]) => {
    clearTimeout(timer);
    return { code: code ?? null, ...out };
  });
  const printed = async (text: string): Promise<void> => {
    while (!(out.stdout + out.stderr).includes(text)) {
      if (ended) throw new Error(`it ended without printing ${text}: ${out.stdout}${out.stderr}`);
      await changed.promise;
    }
  };
  return { child, result, printed };
}

/** Runs it to its end, with `input` on stdin. */
export function runCli(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Promise<CliResult> {
  const { child, result } = startCli(args, env);
  child.stdin.end(input);
  return result;
}
