import type { ReactNode } from 'react';

/** A value whose name the column gives; on a phone, where there are no columns, it stands beside it. */
export function Named({ word, children }: { readonly word: string; readonly children: ReactNode }) {
  return (
    <>
      {children} <span className="phone-word">{word}</span>
    </>
  );
}
