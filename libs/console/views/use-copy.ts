import { useEffect, useState } from 'react';

const SHOWN_MS = 2_000;

/** Copies to the clipboard and says for two seconds whether it worked. */
export function useCopy(): { readonly label: string; readonly copy: (text: string) => void } {
  const [label, setLabel] = useState('Copy');
  useEffect(() => {
    if (label === 'Copy') return undefined;
    const timer = setTimeout(() => setLabel('Copy'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [label]);
  const copy = (text: string): void => {
    // Browsers keep the clipboard from pages that came over plain http from another machine.
    if (!isSecureContext) {
      setLabel('Not allowed');
      return;
    }
    navigator.clipboard.writeText(text).then(
      () => setLabel('Copied'),
      () => setLabel('Not allowed'),
    );
  };
  return { label, copy };
}
