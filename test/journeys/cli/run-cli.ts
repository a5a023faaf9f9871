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
  /** Resolves when stdout and stderr together hold the text. */
  printed(text: string): Promise<void>;
}

/** Starts the built command line as a process of its own, without a terminal; killed after a minute. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCli {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, ...env } });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text: string) => (out[name] += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const result = once(child, 'close').then(([code]: (number | null)[]) => {
    clearTimeout(timer);
    return { code: code ?? null, ...out };
  });
  return { child, result, printed: (text) => printed(child, () => out.stdout + out.stderr, text) };
}

/** Runs it to its end, with `input` on stdin. */
export function runCli(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Promise<CliResult> {
  const { child, result } = startCli(args, env);
  child.stdin.end(input);
  return result;
}

async function printed(child: ChildProcessWithoutNullStreams, all: () => string, text: string): Promise<void> {
  while (!all().includes(text)) {
    if (child.exitCode !== null) throw new Error(`it ended without printing ${text}: ${all()}`);
    await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), once(child, 'close')]);
  }
}
