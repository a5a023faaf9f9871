import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import type { Me } from '#libs/contracts';
import type { Arrival } from './arrival.js';
import { addressOf } from './address.js';
import type { Outbox } from './conversation/outbox.js';
import { signOut, whoIsThere } from './gateway/identity.js';
import { troubleOf, type Trouble } from './gateway/trouble.js';
import { RoomBoundary } from './views/room-boundary.js';
import { Card, SignInPage } from './views/sign-in-page.js';
import { TroubleNote } from './views/trouble-note.js';

type Stage =
  | { readonly at: 'arriving' }
  | { readonly at: 'unreachable'; readonly trouble: Trouble }
  | { readonly at: 'signed-out'; readonly before: { readonly title: string; readonly text: string } | null }
  | { readonly at: 'inside'; readonly me: Me };

const ENDED = { title: 'You are signed out', text: 'This sign-in has ended. Sign in again to go on; nothing that was said is lost.' };

const loadConsole = () => import('./shell/console-room.js');
const loadPlayground = () => import('./views/playground-room.js');
const ConsoleRoom = lazy(async () => ({ default: (await loadConsole()).ConsoleRoom }));
const PlaygroundRoom = lazy(async () => ({ default: (await loadPlayground()).PlaygroundRoom }));

/** True at the addresses of the console; all others lead to the playground. */
function isConsole(): boolean {
  return location.pathname === '/console' || location.pathname.startsWith('/console/');
}

/** Finds out who is there and shows the door or one of the two rooms: the console, or the playground. */
export function App({ arrival, outbox }: { arrival: Promise<Arrival>; outbox: Outbox }) {
  const [stage, setStage] = useState<Stage>({ at: 'arriving' });

  const enter = useCallback(
    (me: Me) => {
      if (location.pathname !== '/playground' && !isConsole()) history.replaceState(null, '', addressOf(null));
      outbox.writtenBy(`${me.tenantId} ${me.kind} ${me.id}`);
      setStage({ at: 'inside', me });
    },
    [outbox],
  );

  const look = useCallback(async () => {
    try {
      const { badLink } = await arrival;
      const me = badLink === null ? await whoIsThere() : null;
      if (me === null) setStage({ at: 'signed-out', before: badLink });
      else enter(me);
    } catch (error) {
      setStage({ at: 'unreachable', trouble: troubleOf(error) });
    }
  }, [arrival, enter]);

  useEffect(() => {
    // Whether it could be loaded is told where it is drawn, which asks for it again.
    (isConsole() ? loadConsole() : loadPlayground()).catch(() => undefined);
    void look();
  }, [look]);

  const ended = useCallback(() => setStage({ at: 'signed-out', before: ENDED }), []);

  const leave = async (): Promise<void> => {
    try {
      await signOut();
      outbox.clear();
      setStage({ at: 'signed-out', before: null });
    } catch (error) {
      setStage({ at: 'unreachable', trouble: troubleOf(error) });
    }
  };

  switch (stage.at) {
    case 'arriving':
      return <Opening />;
    case 'unreachable':
      return (
        <Card title="Parley">
          <TroubleNote trouble={stage.trouble}>
            <button type="button" className="primary" onClick={() => location.reload()}>
              Try again
            </button>
          </TroubleNote>
        </Card>
      );
    case 'signed-out':
      return <SignInPage before={stage.before} onSignedIn={enter} />;
    case 'inside':
      return (
        <RoomBoundary>
          <Suspense fallback={<Opening />}>
            {isConsole() ? (
              <ConsoleRoom me={stage.me} outbox={outbox} onEnded={ended} onSignOut={() => void leave()} />
            ) : (
              <PlaygroundRoom outbox={outbox} onEnded={ended} onSignOut={() => void leave()} />
            )}
          </Suspense>
        </RoomBoundary>
      );
  }
}

function Opening() {
  return (
    <Card title="Parley">
      <p className="waiting">Opening</p>
    </Card>
  );
}
