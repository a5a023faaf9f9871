import { parseFor, type Invocation } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { UsageError } from '../usage-error.js';

const OPTIONS = { force: { type: 'boolean', default: false } } as const;

/** Puts a backup into the data folder, which no gateway may be using. */
export async function restore(invocation: Invocation): Promise<ExitCode> {
  const { values, positionals } = parseFor(invocation, OPTIONS);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError('restore takes the name of one backup');
  if (values.url !== undefined || values.key !== undefined) throw new UsageError('restore writes into DATA_DIR on this machine; it takes neither --url nor --key');
  const { databaseUrl, dataDir } = invocation.environment;
  if (databaseUrl !== undefined) return failed(invocation, 'the database is PostgreSQL: restore with pg_restore, see docs/operations.md');
  const { restoreOffline } = await import('../../offline.js');
  const done = await restoreOffline(dataDir, file, values.force);
  if (!done.ok) return failed(invocation, done.reason);
  const { schema, behind, movedTo } = done.value;
  if (movedTo !== null) invocation.stderr.write(`What was there is in ${movedTo}.\n`);
  invocation.stderr.write(`Restored a backup of schema version ${schema} into ${dataDir}${behind ? '; the next start brings it forward' : ''}.\n`);
  return EXIT.ok;
}

function failed({ stderr }: Invocation, reason: string): ExitCode {
  stderr.write(`parley: ${reason}\n`);
  return EXIT.failed;
}
