import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Entry {
  readonly version: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: string | readonly string[];
}

const LOCK = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8')) as { readonly packages: Readonly<Record<string, Entry>> };

/** What the lock has for this processor under Linux with glibc: path without the processor's name → entry. */
function builtFor(cpu: 'x64' | 'arm64'): Map<string, Entry> {
  const fits = (entry: Entry): boolean => entry.os?.includes('linux') === true && entry.cpu?.includes(cpu) === true && ![entry.libc].flat().includes('musl');
  const found = Object.entries(LOCK.packages).filter(([, entry]) => fits(entry));
  return new Map(found.map(([path, entry]) => [path.replace(cpu, '<cpu>'), entry]));
}

const versions = (entries: ReadonlyMap<string, Entry>): Record<string, string> => Object.fromEntries(Array.from(entries, ([path, { version }]) => [path, version]));

it('each package of the lock that is built for a processor is there for x64 and arm64 in one version', () => {
  expect(versions(builtFor('x64'))).toEqual(versions(builtFor('arm64')));
  expect(versions(builtFor('arm64'))).toHaveProperty(['node_modules/node-linux-<cpu>']);
});

it('none of them is demanded, so that an install on the other processor leaves it out', () => {
  for (const cpu of ['x64', 'arm64'] as const) for (const [path, { optional }] of builtFor(cpu)) expect([path, optional]).toEqual([path, true]);
});
