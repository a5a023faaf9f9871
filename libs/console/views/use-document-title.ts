import { useEffect } from 'react';
import { visibleText } from '#libs/contracts';

const NAME = 'Parley';

/** Names the browser's tab after what is open, which may come from outside; null where that has no name. */
export function useDocumentTitle(title: string | null): void {
  useEffect(() => {
    document.title = title === null ? NAME : `${visibleText(title)} · ${NAME}`;
    return () => {
      document.title = NAME;
    };
  }, [title]);
}
