import { spawn } from 'node:child_process';

/** A step of the set-up that failed; the message is what to show. */
export class StepError extends Error {}

const TAIL_CHARS = 16_384;

/** Runs a command and keeps what it says to itself; throws `StepError` with the end of it when the command fails or runs past `timeoutMs`. */
export function run(command, args, { cwd, env = process.env, timeoutMs }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const listen = (chunk) => {
      said = (said + chunk).slice(-TAIL_CHARS);
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    const stop = () => child.kill('SIGTERM');
    process.once('exit', stop);
    const settle = () => {
      clearTimeout(timer);
      process.removeListener('exit', stop);
    };
    child.once('error', (error) => {
      settle();
      reject(new StepError(`${command} could not be started: ${error.message}`));
    });
    child.once('close', (code, signal) => {
      settle();
      const line = [command, ...args].join(' ');
      if (code === 0) resolve();
      else if (timedOut) reject(new StepError(`${said}\n${line} took longer than ${timeoutMs / 1000} s.`));
      else reject(new StepError(`${said.trimEnd()}\n${line} ended with ${signal ?? `exit code ${code}`}.`));
    });
  });
}
