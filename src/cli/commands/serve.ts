import { EXIT, type ExitCode } from '../exit-code.js';
import type { Invocation } from '../command-line.js';
import { UsageError } from '../usage-error.js';

/** Runs the gateway in this process, with the settings of the environment; the gateway itself ends the process. */
export async function serve({ args }: Invocation): Promise<ExitCode> {
  if (args.length > 0) throw new UsageError('serve takes no arguments; settings come from the environment');
  await import('../../main.js');
  await new Promise<never>(() => undefined);
  return EXIT.ok;
}
