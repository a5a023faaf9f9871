import type { Page } from '#libs/contracts';
import type { BadCursor, OperatorSession, PageRequest } from '#libs/ports';
import { readCursor, writeCursor } from './cursor.js';

/** Where the page before ended: what follows was opened earlier, or at the same time and has a lower id. */
export interface OpenedBefore {
  readonly createdAt: number;
  readonly id: string;
}

const LIST = 'operator-sessions';
const POSITION = /^(\d{1,15})\.([\w-]{1,64})$/;
const NEWEST: OpenedBefore = { createdAt: Number.MAX_SAFE_INTEGER, id: '' };

/** A page, newest first, of what `read` finds; it is asked for one more than are shown. */
export async function operatorSessionPage(
  { limit, cursor }: PageRequest,
  read: (before: OpenedBefore, limit: number) => Promise<readonly OperatorSession[]>,
): Promise<Page<OperatorSession> | BadCursor> {
  const before = cursor === undefined || cursor === null ? NEWEST : positionIn(cursor);
  if (before === null) return 'bad_cursor';
  const found = await read(before, limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? writeCursor(LIST, `${last.createdAt}.${last.id}`) : null };
}

function positionIn(cursor: string): OpenedBefore | null {
  const [, createdAt, id] = POSITION.exec(readCursor(cursor, LIST, 'string') ?? '') ?? [];
  return createdAt === undefined || id === undefined ? null : { createdAt: Number(createdAt), id };
}
