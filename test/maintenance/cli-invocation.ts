import { PassThrough, Writable } from 'node:stream';
import type { Invocation } from '../../src/cli/command-line.js';
import { readEnvironment } from '../../src/cli/environment.js';
import type { ExitCode } from '../../src/cli/exit-code.js';

export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the command line in this process. */
export async function runCommand(
  command: (invocation: Invocation) => Promise<ExitCode>,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const [out, err] = [collected(), collected()];
  const streams = { stdin: new PassThrough(), stdout: out.stream, stderr: err.stream };
  const code = await command({ args, environment: readEnvironment(env), ...streams });
  return { code, stdout: out.text(), stderr: err.text() };
}

function collected() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}
