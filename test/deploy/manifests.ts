import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const REPOSITORY = join(import.meta.dirname, '..', '..');

/** The text of a file of the repository. */
export function fileOf(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}
