import { useEffect, type RefObject } from 'react';

/**
 * Keeps the focus in the page: when what had it is gone, such as the row that was revoked, the page's title gets it,
 * so that the next key goes on there and a screen reader says where one is.
 */
export function useKeptFocus(page: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const within = page.current;
    if (within === null) return undefined;
    let last: EventTarget | null = null;
    const focused = ({ target }: FocusEvent): void => {
      last = target;
    };
    const observer = new MutationObserver(() => {
      if (document.activeElement !== document.body || !(last instanceof HTMLElement) || last.isConnected) return;
      last = null;
      within.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
    });
    within.addEventListener('focusin', focused);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      within.removeEventListener('focusin', focused);
      observer.disconnect();
    };
  }, [page]);
}
