import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ADMIN_KEY } from '../support/start-gateway.js';

const READY = /^Parley \S+ listening on (\S+)$/;
const READY_WITHIN_MS = 60_000;

export interface MortalGateway {
  readonly url: string;
  /** SIGKILL: nothing is put away. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts the built program on a data folder that outlives it. */
export async function startMortalGateway(dataDir: string, settings: Readonly<Record<string, string>>): Promise<MortalGateway> {
  const main = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');
  const env = { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, ADMIN_API_KEY: ADMIN_KEY, LOG_FORMAT: 'json', ...settings };
  const child = spawn(process.execPath, [main], { cwd: dataDir, stdio: ['ignore', 'pipe', 'pipe'], env });
  const exited = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    return child.exitCode;
  };
  try {
    const url = await readyUrl(child, exited);
    return { url, kill: async () => void (await end('SIGKILL')), stop: () => end('SIGTERM') };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  }
}

async function readyUrl(child: ChildProcess, exited: Promise<unknown>): Promise<string> {
  let output = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      output += `${line}\n`;
      const url = READY.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  }
  void exited.then(() => reject(new Error(`the gateway ended before it was ready:\n${output}`)));
  const late = setTimeout(() => reject(new Error(`the gateway was not ready within ${READY_WITHIN_MS} ms:\n${output}`)), READY_WITHIN_MS);
  try {
    return await promise;
  } finally {
    clearTimeout(late);
  }
}
