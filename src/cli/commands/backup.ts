import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UnreachableError } from '#libs/client';
import { parseFor, type Invocation } from '../command-line.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { Target } from '../target.js';
import { UsageError } from '../usage-error.js';

/** Copies the whole store into a file: from the gateway while it runs, else from its data folder. The copy is read before it counts. */
export async function backup(invocation: Invocation): Promise<ExitCode> {
  const { values, positionals, target } = parseFor(invocation, {});
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError('backup takes the name of one new file');
  if (existsSync(file)) throw new UsageError(`${file} is there already`);
  const partial = `${file}.partial`;
  await create(partial);
  try {
    const elsewhere = values.url !== undefined || invocation.environment.url !== undefined;
    const problem = await copy(target, partial, elsewhere, invocation);
    if (problem !== null) return told(invocation, problem);
    const { checkBackup, toDisk } = await import('../../offline.js');
    const checked = await checkBackup(partial);
    if (!checked.ok) return told(invocation, checked.reason);
    toDisk(partial);
    await rename(partial, file);
    toDisk(dirname(resolve(file)));
    invocation.stderr.write(`Backup of schema version ${checked.value} in ${file}, read and found whole. Keep the encryption key with it (docs/operations.md).\n`);
    return EXIT.ok;
  } finally {
    await rm(partial, { force: true });
  }
}

async function create(partial: string): Promise<void> {
  try {
    await rm(partial, { force: true });
    await (await open(partial, 'wx', 0o600)).close();
  } catch (error) {
    throw new UsageError(`${partial} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Why there is no copy, or null. */
async function copy(target: Target, partial: string, elsewhere: boolean, { environment }: Invocation): Promise<string | null> {
  try {
    return await fetchInto(target, partial);
  } catch (error) {
    if (!(error instanceof UnreachableError) || elsewhere) throw error;
    if (environment.databaseUrl !== undefined) return 'the database is PostgreSQL: make backups with pg_dump, see docs/operations.md';
    const { backUpOffline } = await import('../../offline.js');
    const done = await backUpOffline(environment.dataDir, partial);
    return done.ok ? null : done.reason;
  }
}

async function fetchInto(target: Target, partial: string): Promise<string | null> {
  const { sha256, chunks } = await target.client().backup();
  const hash = createHash('sha256');
  const out = await open(partial, 'w', 0o600);
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      await out.writeFile(chunk);
    }
  } finally {
    await out.close();
  }
  return hash.digest('base64') === sha256 ? null : 'the copy did not arrive whole; try again';
}

function told({ stderr }: Invocation, reason: string): ExitCode {
  stderr.write(`parley: ${reason}\n`);
  return EXIT.failed;
}
