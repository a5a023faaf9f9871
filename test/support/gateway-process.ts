import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const READY = /^Parley \S+ listening on (\S+)$/;
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 40_000;

export const ADMIN_KEY = 'an-admin-key-for-tests-only-0123456789';

export interface GatewayProcess {
  readonly url: string;
  readonly dataDir: string;
  /** Everything it has printed, on stdout and stderr. */
  output(): string;
  running(): boolean;
  /** Sends SIGKILL and resolves when it has ended; the data folder stays. */
  kill(): Promise<void>;
  /** Sends SIGTERM and resolves with the exit code; the data folder goes with it. */
  stop(): Promise<number | null>;
}

/** Starts the built program as users do, on a free port with SQLite in a fresh folder, or the one given, and `ADMIN_KEY` as its key. */
export async function startGatewayProcess(settings: Readonly<Record<string, string>> = {}, folder?: string): Promise<GatewayProcess> {
  const dataDir = folder ?? (await mkdtemp(join(tmpdir(), 'parley-process-')));
  const main = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');
  const child = spawn(process.execPath, [main], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DATA_DIR: dataDir,
      ADMIN_API_KEY: ADMIN_KEY,
      LOG_FORMAT: 'json',
      RATE_LIMIT_PER_MINUTE: '1000000',
      RATE_LIMIT_PER_HOUR: '1000000',
      ...settings,
    },
  });
  let output = '';
  const ready = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output += `${line}\n`;
      const url = READY.exec(line)?.[1];
      if (url !== undefined) ready.resolve(url);
    });
  }
  const exited = once(child, 'exit');
  const tooLate = setTimeout(() => ready.reject(new Error(`The gateway was not ready in ${START_DEADLINE_MS} ms:\n${output}`)), START_DEADLINE_MS);
  void exited.then(() => ready.reject(new Error(`The gateway ended before it was ready:\n${output}`)));
  const running = () => child.exitCode === null && child.signalCode === null;
  const stop = async () => {
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    if (running()) child.kill('SIGTERM');
    await exited;
    clearTimeout(kill);
    await rm(dataDir, { recursive: true, force: true });
    return child.exitCode;
  };
  const killed = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  try {
    return { url: await ready.promise, dataDir, output: () => output, running, kill: killed, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(tooLate);
  }
}
