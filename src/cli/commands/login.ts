import { UnreachableError } from '#libs/client';
import { parseFor, type Invocation } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { UsageError } from '../usage-error.js';

/** Prints a new one-time link that signs an operator in. */
export async function login(invocation: Invocation): Promise<ExitCode> {
  const { positionals, target } = parseFor(invocation, {});
  if (positionals.length > 0) throw new UsageError('login takes no arguments');
  try {
    const { url } = await target.client().newSignInLink();
    invocation.stdout.write(`Sign in once: ${url}\n`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    throw new UnreachableError(`${error.message}; start it with \`npm start\`, then ask for a link again`, { cause: error });
  }
}
