import { createContext, use, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { PERMISSIONS } from '#libs/policy';
import { useMay } from '../shell/me.js';
import { useRoom } from '../shell/room.js';
import { GatewayWatch, type WatchView } from './gateway-watch.js';

const WatchContext = createContext<GatewayWatch | null>(null);

/** Keeps the console's connection while it is open. */
export function WatchProvider({ children }: { readonly children: ReactNode }) {
  const { onEnded } = useRoom();
  const mayWatch = useMay(PERMISSIONS.readControlPlane);
  const [watch, setWatch] = useState<GatewayWatch | null>(null);
  useEffect(() => {
    const opened = new GatewayWatch(mayWatch, onEnded);
    opened.start();
    setWatch(opened);
    return () => opened.dispose();
  }, [mayWatch, onEnded]);
  return watch === null ? null : <WatchContext value={watch}>{children}</WatchContext>;
}

function useGatewayWatch(): GatewayWatch {
  const watch = use(WatchContext);
  if (watch === null) throw new Error('Not inside the console');
  return watch;
}

/** What the console hears of the gateway; drawn anew each second. */
export function useWatch(): WatchView {
  const watch = useGatewayWatch();
  return useSyncExternalStore(watch.subscribe, watch.view);
}

/** The same, and also what happens in the gateway while the page is open. */
export function useWatchWithEvents(): WatchView {
  const watch = useGatewayWatch();
  useEffect(() => watch.hearEvents(), [watch]);
  return useWatch();
}
