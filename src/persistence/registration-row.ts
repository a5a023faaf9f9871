import { isId, type Page } from '#libs/contracts';
import type { BadCursor, PageRequest, Registration, RegistrationKind } from '#libs/ports';
import { readCursor, writeCursor } from './cursor.js';

export interface RegistrationRow {
  readonly kind: RegistrationKind;
  readonly tenant_id: string;
  readonly id: string;
  readonly name: string;
  readonly json: string;
}

const HIGHEST_ID = 'ffffffff';

/** A page, newest first, of what `read` finds below an id; it is asked for one more than are shown. */
export async function registrationPage(
  kind: RegistrationKind,
  { limit, cursor }: PageRequest,
  read: (below: string, limit: number) => Promise<readonly Registration[]>,
): Promise<Page<Registration> | BadCursor> {
  const below = cursor === undefined || cursor === null ? HIGHEST_ID : readCursor(cursor, kind, 'string');
  if (below === undefined || (below !== HIGHEST_ID && !isId(below))) return 'bad_cursor';
  const found = await read(below, limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? writeCursor(kind, last.id) : null };
}
