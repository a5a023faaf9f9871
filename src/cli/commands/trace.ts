import { parseFor, type Invocation } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { table } from '../table.js';
import { UsageError } from '../usage-error.js';

const OPTIONS = { json: { type: 'boolean', default: false } } as const;

/** Prints the life of a message: a line for each step, with its time, how long after the step before, and why. */
export async function trace(invocation: Invocation): Promise<ExitCode> {
  const { values, positionals, target } = parseFor(invocation, OPTIONS);
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) throw new UsageError('trace takes the id of one message');
  const told = await target.client().trace(id);
  if (values.json) {
    invocation.stdout.write(`${JSON.stringify(told)}\n`);
    return EXIT.ok;
  }
  const rows = told.steps.map(({ at, sinceMs, step, detail, reason }) => [at, `+${sinceMs} ms`, step, reason === undefined ? detail : `${detail}${detail === '' ? '' : ': '}${reason}`]);
  invocation.stdout.write(table(['TIME', 'AFTER', 'STEP', 'WHAT'], rows));
  invocation.stdout.write(`${told.status}, turn ${told.turnId} in session ${told.sessionId}\n`);
  return EXIT.ok;
}
