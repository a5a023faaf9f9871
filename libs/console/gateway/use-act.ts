import { useCallback, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { useTell } from '../parts/toasts.js';
import { useRoom } from '../shell/room.js';
import { troubleOf, type Trouble } from './trouble.js';

interface ActOptions {
  /** What is said when it worked. */
  readonly done?: string;
  /** Paths whose lists and things are read anew, whatever their filters. */
  readonly refresh?: readonly string[];
  /** Shows trouble where the act was begun; in a corner when this is left out. */
  readonly onTrouble?: (trouble: Trouble) => void;
}

/** Does something at the gateway once and says what it came to; the value is null when it did not work. */
export function useAct(): { readonly busy: boolean; readonly act: <Value>(run: () => Promise<Value>, options?: ActOptions) => Promise<{ readonly value: Value } | null> } {
  const [busy, setBusy] = useState(false);
  const queries = useQueryClient();
  const tell = useTell();
  const { onEnded } = useRoom();

  const act = useCallback(
    async <Value>(run: () => Promise<Value>, { done, refresh = [], onTrouble }: ActOptions = {}) => {
      setBusy(true);
      try {
        const value = await run();
        if (done !== undefined) tell.done(done);
        return { value };
      } catch (error) {
        const trouble = troubleOf(error);
        if (trouble.code === 'unauthenticated') onEnded();
        else (onTrouble ?? tell.trouble)(trouble);
        return null;
      } finally {
        setBusy(false);
        for (const path of refresh) void queries.invalidateQueries({ queryKey: [path] });
      }
    },
    [queries, tell.done, tell.trouble, onEnded],
  );
  return { busy, act };
}
