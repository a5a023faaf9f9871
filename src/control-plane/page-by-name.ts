import { BAD_CURSOR } from '#libs/channel-sdk';
import { FailureError, type Page, type PageQuery } from '#libs/contracts';

/** A page of a short list that is all in memory; its cursor is the last name that was shown. Throws `validation_failed` for a name that is not in the list. */
export function pageByName<Item extends { readonly name: string }>(all: readonly Item[], { limit, cursor }: PageQuery): Page<Item> {
  const from = cursor === undefined ? 0 : all.findIndex(({ name }) => name === cursor) + 1;
  if (cursor !== undefined && from === 0) throw new FailureError(BAD_CURSOR);
  const items = all.slice(from, from + limit);
  return { items, nextCursor: from + limit < all.length ? (items.at(-1)?.name ?? null) : null };
}
