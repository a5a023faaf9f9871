import { parseFor, type Invocation } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { UsageError } from '../usage-error.js';

const OPTIONS = { json: { type: 'boolean', default: false } } as const;

/** Says whether a crash loop keeps the doors closed, or opens them. */
export async function crashLoop(invocation: Invocation): Promise<ExitCode> {
  const { values, positionals, target } = parseFor(invocation, OPTIONS);
  const [action = 'show', ...more] = positionals;
  if (more.length > 0) throw new UsageError('too many arguments for crash-loop');
  if (action !== 'show' && action !== 'release') throw new UsageError(`crash-loop knows show and release, not ${action}`);
  const view = action === 'show' ? await target.client().crashLoop() : await target.client().releaseCrashLoop();
  const why = view.doors === 'open' ? '' : ` since ${view.startedAt.length} starts died before they were ready (${view.startedAt.join(', ')})`;
  invocation.stdout.write(values.json ? `${JSON.stringify(view)}\n` : `The doors are ${view.doors}${why}.\n`);
  return EXIT.ok;
}
