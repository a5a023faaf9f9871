import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { http } from './client.js';
import { troubleOf, type Trouble } from './trouble.js';

/** One thing of the gateway as it was last read; `value` stays while it is read again. */
export interface One<Value> {
  readonly value: Value | null;
  readonly trouble: Trouble | null;
  readonly again: () => void;
}

interface OneOptions<Value> {
  /** Reads it anew so often while the page is looked at. */
  readonly refreshMs?: number;
  /** No more of that once this is true of it. */
  readonly until?: (value: Value) => boolean;
}

export function useOne<Value>(path: string, schema: z.ZodType<Value>, { refreshMs, until }: OneOptions<Value> = {}): One<Value> {
  const { data, error, refetch } = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => http.call('GET', path, schema, { signal }),
    refetchInterval: ({ state }) => (refreshMs === undefined || (state.data !== undefined && until?.(state.data) === true) ? false : refreshMs),
  });
  return { value: data ?? null, trouble: error === null ? null : troubleOf(error), again: () => void refetch() };
}
