import type { ReactNode } from 'react';
import { Link } from '@tanstack/react-router';

/** The link of a row; it covers the whole of it. `to` is an address of the console, without parameters left open. */
export function RowLink({ to, children }: { readonly to: string; readonly children: ReactNode }) {
  return (
    <Link to={to} className="row-link">
      {children}
    </Link>
  );
}
