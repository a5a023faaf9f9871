import { useCallback, useMemo } from 'react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { pageSchema } from '#libs/contracts';
import { http } from './client.js';
import { troubleOf, type Trouble } from './trouble.js';

const PAGE = 100;

/** A list of the gateway as far as it was read. */
export interface List<Row> {
  readonly rows: readonly Row[];
  readonly loading: boolean;
  readonly trouble: Trouble | null;
  readonly hasMore: boolean;
  readonly loadingMore: boolean;
  /** Reads the next page; nothing happens when it is being read, or there is none. */
  readonly more: () => void;
  /** Reads anew what could not be read: the next page, or all that was read so far. */
  readonly again: () => void;
}

interface ListOptions {
  /** Added to the address; those that are '' are left out. */
  readonly filters?: Readonly<Record<string, string>>;
  /** Reads it anew so often, while no more than its first page was read. */
  readonly refreshMs?: number;
}

/** Reads a list of the gateway page by page, by its cursor. */
export function useList<Row>(path: string, row: z.ZodType<Row>, { filters = {}, refreshMs }: ListOptions = {}): List<Row> {
  const given = Object.entries(filters).filter(([, value]) => value !== '');
  const query = useInfiniteQuery({
    queryKey: [path, Object.fromEntries(given)],
    queryFn: ({ pageParam, signal }) => {
      const search = new URLSearchParams([['limit', String(PAGE)], ...given, ...(pageParam === null ? [] : [['cursor', pageParam]])] as [string, string][]);
      return http.call('GET', `${path}?${search}`, pageSchema(row), { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (refreshMs !== undefined && (state.data?.pages.length ?? 0) <= 1 ? refreshMs : false),
  });
  const { data, error, hasNextPage, isFetchingNextPage, isFetchNextPageError, isPending, fetchNextPage, refetch } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  return {
    rows,
    loading: isPending,
    trouble: error === null ? null : troubleOf(error),
    hasMore: hasNextPage,
    loadingMore: isFetchingNextPage,
    more: useCallback(() => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
    }, [hasNextPage, isFetchingNextPage, fetchNextPage]),
    again: useCallback(() => void (isFetchNextPageError ? fetchNextPage() : refetch()), [isFetchNextPageError, fetchNextPage, refetch]),
  };
}
