import type { Page } from '#libs/contracts';
import type { BadCursor, OpenTurnRecord, PageRequest } from '#libs/ports';
import { readCursor, writeCursor } from './cursor.js';

const LIST = 'open-turns';

/** The id behind which the page begins, '' for the first; `bad_cursor` when another list made it. */
export function openTurnsBehind({ cursor }: PageRequest): { readonly after: string } | BadCursor {
  if (cursor === undefined || cursor === null) return { after: '' };
  const after = readCursor(cursor, LIST, 'string');
  return after === undefined ? 'bad_cursor' : { after };
}

/** `rows` are one more than the page holds, when there are more. */
export function openTurnPage(rows: readonly OpenTurnRecord[], limit: number): Page<OpenTurnRecord> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.turnId) : null };
}
