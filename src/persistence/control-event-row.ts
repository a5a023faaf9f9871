import type { Page } from '#libs/contracts';
import type { BadCursor, PageRequest, StoredControlEvent } from '#libs/ports';
import { readCursor, writeCursor } from './cursor.js';

const LIST = 'control-events';

export interface ControlEventRow {
  readonly tenant_id: string;
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly detail: string;
}

export function toControlEvent({ tenant_id: tenantId, seq, at, type, detail }: ControlEventRow): StoredControlEvent {
  return { tenantId, seq, at, type, detail };
}

/** A page, newest first, of what `read` finds below a number; it is asked for one more than are shown. */
export async function controlEventPage(
  { limit, cursor }: PageRequest,
  read: (below: number, limit: number) => readonly ControlEventRow[] | Promise<readonly ControlEventRow[]>,
): Promise<Page<StoredControlEvent> | BadCursor> {
  const below = cursor === undefined || cursor === null ? Number.MAX_SAFE_INTEGER : readCursor(cursor, LIST, 'number');
  if (below === undefined) return 'bad_cursor';
  const rows = await read(below, limit + 1);
  const items = rows.slice(0, limit).map(toControlEvent);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? writeCursor(LIST, last.seq) : null };
}
