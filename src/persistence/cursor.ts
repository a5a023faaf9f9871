/** Where a page ended: the list it belongs to and the key of its last item. */
type Position = string | number;

/** An opaque cursor that only the list of this name reads back. */
export function writeCursor(list: string, position: Position): string {
  return Buffer.from(JSON.stringify([list, position])).toString('base64url');
}

/** The position behind which the page begins; undefined when the cursor was not made by the list of this name. */
export function readCursor<Kind extends 'string' | 'number'>(
  cursor: string,
  list: string,
  kind: Kind,
): (Kind extends 'string' ? string : number) | undefined;
export function readCursor(cursor: string, list: string, kind: 'string' | 'number'): Position | undefined {
  const parsed = parse(cursor);
  if (!Array.isArray(parsed) || parsed.length !== 2 || parsed[0] !== list) return undefined;
  const position: unknown = parsed[1];
  if (kind === 'string') return typeof position === 'string' ? position : undefined;
  return typeof position === 'number' && Number.isSafeInteger(position) ? position : undefined;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
