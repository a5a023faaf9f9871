import { ProblemError, UnreachableError } from '#libs/client';
import type { Check } from '#libs/contracts';
import { parseFor, type Invocation } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { Target } from '../target.js';
import { UsageError } from '../usage-error.js';

const OPTIONS = { json: { type: 'boolean', default: false } } as const;
const MARKS = { ok: 'ok', warning: 'WARNING', failed: 'FAILED' } as const;

/** Looks at everything a gateway needs and says what to do; without a running one, at what it would start on. 1 when something failed. */
export async function doctor(invocation: Invocation): Promise<ExitCode> {
  const { values, positionals, target } = parseFor(invocation, OPTIONS);
  if (positionals.length > 0) throw new UsageError('doctor takes no arguments');
  const elsewhere = values.url !== undefined || invocation.environment.url !== undefined;
  const checks = await checksOf(target, elsewhere, invocation);
  invocation.stdout.write(values.json ? `${JSON.stringify({ checks })}\n` : checks.map(lineOf).join(''));
  return checks.some(({ status }) => status === 'failed') ? EXIT.failed : EXIT.ok;
}

async function checksOf(target: Target, elsewhere: boolean, { environment }: Invocation): Promise<Check[]> {
  try {
    const { checks } = await target.client().diagnosis();
    return [{ name: 'gateway', status: 'ok', detail: `it runs at ${target.url}` }, ...checks];
  } catch (error) {
    if (error instanceof ProblemError) {
      const advice = 'use the key of an admin of the tenant default: --key, PARLEY_API_KEY, or the credential in DATA_DIR';
      return [{ name: 'gateway', status: 'failed', detail: `it runs at ${target.url} and refuses: ${error.problem.detail}`, advice }];
    }
    if (!(error instanceof UnreachableError)) throw error;
    if (elsewhere) return [{ name: 'gateway', status: 'failed', detail: error.message, advice: 'start it there, or correct the address' }];
    const { diagnoseOffline } = await import('../../offline.js');
    const { checks } = await diagnoseOffline(environment.variables);
    return [{ name: 'gateway', status: 'warning', detail: `none answers at ${target.url}`, advice: 'start it with npm start' }, ...checks];
  }
}

function lineOf({ name, status, detail, advice }: Check): string {
  return `${MARKS[status].padEnd(8)} ${name.padEnd(9)} ${detail}\n${advice === undefined ? '' : `${' '.repeat(19)}→ ${advice}\n`}`;
}
