import { useCallback } from 'react';
import { useNavigate, useSearch } from '@tanstack/react-router';

/** The page's filters, kept in its address: '' where one is not set. Changing one does not make a step in the history. */
export function useFilters<Name extends string>(...names: readonly Name[]): readonly [Readonly<Record<Name, string>>, (change: Partial<Record<Name, string>>) => void] {
  const search: Record<string, unknown> = useSearch({ strict: false });
  const navigate = useNavigate();
  const filters = Object.fromEntries(names.map((name) => [name, typeof search[name] === 'string' ? search[name] : ''])) as Record<Name, string>;
  const set = useCallback(
    (change: Partial<Record<Name, string>>) => {
      void navigate({ to: '.', search: (before: Record<string, unknown>) => ({ ...before, ...change }), replace: true });
    },
    [navigate],
  );
  return [filters, set];
}
