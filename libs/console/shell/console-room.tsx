import { useState } from 'react';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { CSPProvider } from '@base-ui/react/csp-provider';
import type { Me } from '#libs/contracts';
import { ProblemError } from '#libs/client';
import type { Outbox } from '../conversation/outbox.js';
import { ConfirmProvider } from '../parts/confirm.js';
import { Toasts } from '../parts/toasts.js';
import '../styles/console.css';
import '../styles/parts.css';
import '../styles/pages.css';
import { WatchProvider } from '../live/watch-provider.js';
import { MeProvider } from './me.js';
import { RoomProvider } from './room.js';
import { makeRouter, preloadPage } from './router.js';

interface ConsoleRoomProps {
  readonly me: Me;
  readonly outbox: Outbox;
  /** The sign-in ended elsewhere. */
  readonly onEnded: () => void;
  readonly onSignOut: () => void;
}

const FRESH_MS = 2_000;

// The page that was asked for comes together with the frame, not after it.
preloadPage(location.pathname);

/** The console with everything its pages ask for. */
export function ConsoleRoom({ me, outbox, onEnded, onSignOut }: ConsoleRoomProps) {
  const [queries] = useState(() => makeQueries(onEnded));
  const [router] = useState(() => makeRouter(me));
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queries}>
        <MeProvider value={me}>
          <RoomProvider value={{ outbox, onEnded, onSignOut }}>
            <Toasts>
              <ConfirmProvider>
                <WatchProvider>
                  <RouterProvider router={router} />
                </WatchProvider>
              </ConfirmProvider>
            </Toasts>
          </RoomProvider>
        </MeProvider>
      </QueryClientProvider>
    </CSPProvider>
  );
}

function makeQueries(onEnded: () => void): QueryClient {
  const onError = (error: Error): void => {
    if (error instanceof ProblemError && error.problem.code === 'unauthenticated') onEnded();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    defaultOptions: { queries: { staleTime: FRESH_MS, retry: false, refetchOnWindowFocus: true } },
  });
}
