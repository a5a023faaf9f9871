import type { List } from '../gateway/use-list.js';

/** Reads a short list on; nothing when it is all there. */
export function MoreButton({ list }: { readonly list: List<unknown> }) {
  if (!list.hasMore) return null;
  return (
    <button type="button" className="secondary" disabled={list.loadingMore} onClick={list.more}>
      {list.loadingMore ? 'Reading on' : 'More'}
    </button>
  );
}
