import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import type { Environment } from './environment.js';
import { Target } from './target.js';
import { UsageError } from './usage-error.js';

/** The streams of the process, or what stands in for them. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean | undefined };
  readonly stderr: NodeJS.WritableStream;
}

/** What a command is given. */
export interface Invocation extends Streams {
  readonly args: readonly string[];
  readonly environment: Environment;
}

const TARGET_OPTIONS = { url: { type: 'string' }, key: { type: 'string' } } as const satisfies ParseArgsOptionsConfig;

/** Parses the arguments of a command that speaks to a gateway; throws `UsageError` for what it does not know. */
export function parseFor<Options extends ParseArgsOptionsConfig>({ args, environment }: Invocation, options: Options) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: { ...TARGET_OPTIONS, ...options }, allowPositionals: true, strict: true });
    const { url, key } = parseArgs({ args: [...args], options: TARGET_OPTIONS, allowPositionals: true, strict: false }).values;
    const target = new Target({ url: textOf(url), key: textOf(key) }, environment);
    return { values, positionals, target };
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) throw new UsageError(error.message);
    throw error;
  }
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Throws `UsageError` when an option was given that means nothing to this action. */
export function takesOnly(action: string, given: Readonly<Record<string, string | boolean | undefined>>, ...fitting: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === false || fitting.includes(name) || Object.hasOwn(TARGET_OPTIONS, name)) continue;
    throw new UsageError(`${action} does not take --${name}`);
  }
}

/** The whole number that an option holds. */
export function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > most) throw new UsageError(`--${name} takes a whole number from 0 to ${most}`);
  return value;
}
