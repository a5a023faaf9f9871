import { createContext, use, type ReactNode } from 'react';
import type { Me } from '#libs/contracts';
import { may, type Permission } from '#libs/policy';

const MeContext = createContext<Me | null>(null);

/** Tells the pages inside who is signed in. */
export const MeProvider = MeContext.Provider;

export function useMe(): Me {
  const me = use(MeContext);
  if (me === null) throw new Error('Nobody is signed in here');
  return me;
}

/** Whether who is signed in may do this, by the same table that the gateway decides by. */
export function useMay(needs: Permission): boolean {
  return mayDo(useMe(), needs);
}

export function mayDo({ role, scopes }: Me, needs: Permission): boolean {
  return may({ scopes: new Set(scopes), ...(role === null ? {} : { role }) }, needs);
}

/** Shows what is inside only to those who may. */
export function May({ needs, children }: { readonly needs: Permission; readonly children: ReactNode }) {
  return useMay(needs) ? children : null;
}
