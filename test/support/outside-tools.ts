import { spawnSync } from 'node:child_process';

/** Programs that examples are run with and that a clone does not need. Debian's `python3-minimal` lacks the library the example stands on. */
const TRIED_WITH: Readonly<Record<string, readonly string[]>> = {
  curl: ['--version'],
  python3: ['-c', 'import json, urllib.request, uuid'],
};

/** Whether a program is there and works; of one that is not among the above nothing is asked. */
export function hasTool(name: string): boolean {
  const args = TRIED_WITH[name];
  return args === undefined || spawnSync(name, args, { timeout: 60_000 }).status === 0;
}
