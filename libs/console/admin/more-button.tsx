import type { List } from '../gateway/use-list.js';
import { ActButton } from '../parts/act-button.js';

/** Reads a short list on; nothing when it is all there. */
export function MoreButton({ list }: { readonly list: List<unknown> }) {
  if (!list.hasMore) return null;
  return (
    <ActButton className="secondary" off={list.loadingMore} onClick={list.more}>
      {list.loadingMore ? 'Reading on' : 'More'}
    </ActButton>
  );
}
