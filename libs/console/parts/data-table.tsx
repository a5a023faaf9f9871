import { useEffect, useRef, type CSSProperties, type KeyboardEvent, type ReactNode } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { List } from '../gateway/use-list.js';
import { TroubleNote } from '../views/trouble-note.js';

export interface Column<Row> {
  /** Names the column in the head and, on a phone, before the value. */
  readonly head: string;
  /** A grid track; `minmax(0, 1fr)` when left out. */
  readonly width?: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: 'end';
  /** On a phone: the first line of the card, a small mark before it on that line, or left out of it. */
  readonly phone?: 'title' | 'mark' | 'hidden';
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly list: List<Row>;
  readonly columns: readonly Column<Row>[];
  readonly rowId: (row: Row) => string;
  /** What an empty list says: how rows come about, or that no row fits the filter. */
  readonly empty: ReactNode;
}

const ROW_PX = 42;
const OVERSCAN = 12;
const NEAR_END_ROWS = 30;
const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled)';

/**
 * A list of any length: only the rows in view are in the document, the next page is read when the end comes near.
 * Arrow keys go from row to row, Home and End to the ends of what is loaded. On a phone each row is a small card.
 */
export function DataTable<Row>({ label, list, columns, rowId, empty }: DataTableProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const { rows, hasMore, loadingMore, more } = list;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : rowId(row);
    },
    overscan: OVERSCAN,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const nearEnd = hasMore && !loadingMore && list.trouble === null && last >= rows.length - NEAR_END_ROWS;

  useEffect(() => {
    if (nearEnd) more();
  }, [nearEnd, more]);

  const pressed = (event: KeyboardEvent<HTMLDivElement>): void => {
    const row = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('[data-index]') : null;
    const at = row === null ? -1 : Number(row.dataset['index']);
    const to = nextRow(event.key, at, rows.length);
    if (to === null) return;
    event.preventDefault();
    virtual.scrollToIndex(to);
    focusRow(scroller.current, to);
  };

  if (list.trouble !== null && rows.length === 0) {
    return (
      <TroubleNote trouble={list.trouble}>
        <button type="button" className="secondary" onClick={list.again}>
          Try again
        </button>
      </TroubleNote>
    );
  }
  if (list.loading) return <p className="waiting page-waiting">Loading</p>;
  if (rows.length === 0) return <div className="empty">{empty}</div>;
  const tracks: CSSProperties & Record<'--tracks', string> = { '--tracks': columns.map(({ width }) => width ?? 'minmax(0, 1fr)').join(' ') };
  return (
    <div className="table" style={tracks}>
      <div
        className="table-scroll"
        ref={scroller}
        onKeyDown={pressed}
        tabIndex={0}
        role="table"
        aria-label={label}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
      >
        <div className="table-head" role="row" aria-rowindex={1}>
          {columns.map(({ head, align }) => (
            <span key={head} role="columnheader" data-align={align}>
              {head}
            </span>
          ))}
        </div>
        <div className="table-body" role="presentation" style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, key, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            return (
              <div
                key={key}
                ref={virtual.measureElement}
                className="table-row"
                role="row"
                aria-rowindex={index + 2}
                data-index={index}
                style={{ transform: `translateY(${start}px)` }}
              >
                {columns.map(({ head, cell, align, phone }) => (
                  <div key={head} className="cell" role="cell" data-align={align} data-phone={phone} data-head={head}>
                    {cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      <p className="table-foot" role="status">
        {rows.length.toLocaleString('en')} {hasMore ? 'read so far; more below' : rows.length === 1 ? 'row' : 'rows'}
        {loadingMore && ' · reading on…'}
        {list.trouble !== null && (
          <button type="button" className="quiet" onClick={list.again}>
            {list.trouble.title}. Try again
          </button>
        )}
      </p>
    </div>
  );
}

function nextRow(key: string, at: number, count: number): number | null {
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: count - 1 }[key];
  return to === undefined || to < 0 || to >= count ? null : to;
}

/** The row may come into the document only with the next frames. */
function focusRow(within: HTMLElement | null, index: number, tries = 60): void {
  const row = within?.querySelector(`[data-index="${index}"]`);
  if (row instanceof HTMLElement) (row.querySelector<HTMLElement>(FOCUSABLE) ?? row).focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusRow(within, index, tries - 1));
}
