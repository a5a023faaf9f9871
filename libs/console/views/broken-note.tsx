import type { ReactNode } from 'react';

/** What a page says that could not be drawn. `children`: other ways out than to load the page anew. */
export function BrokenNote({ children }: { readonly children?: ReactNode }) {
  return (
    <div className="trouble" role="alert">
      <p className="trouble-title">Something in this page went wrong</p>
      <p>The gateway is not touched by it. If it happens again, load the page anew: the gateway may have been updated.</p>
      <div className="actions">
        {children}
        <button type="button" className="secondary" onClick={() => location.reload()}>
          Load anew
        </button>
      </div>
    </div>
  );
}
