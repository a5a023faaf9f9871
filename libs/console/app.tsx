import { useCallback, useEffect, useState } from 'react';
import type { Arrival } from './arrival.js';
import { Outbox } from './conversation/outbox.js';
import { Playground } from './conversation/playground.js';
import { isSignedIn, signOut } from './gateway/identity.js';
import { troubleOf, type Trouble } from './gateway/trouble.js';
import { addressOf, sessionInAddress } from './address.js';
import { PlaygroundPage } from './views/playground-page.js';
import { Card, SignInPage } from './views/sign-in-page.js';
import { TroubleNote } from './views/trouble-note.js';

type Stage =
  | { readonly at: 'arriving' }
  | { readonly at: 'unreachable'; readonly trouble: Trouble }
  | { readonly at: 'signed-out'; readonly before: { readonly title: string; readonly text: string } | null }
  | { readonly at: 'playground'; readonly playground: Playground };

const ENDED = { title: 'You are signed out', text: 'This sign-in has ended. Sign in again to go on; nothing that was said is lost.' };

/** Finds out who is there and shows the door or the room. */
export function App({ arrival, outbox }: { arrival: Promise<Arrival>; outbox: Outbox }) {
  const [stage, setStage] = useState<Stage>({ at: 'arriving' });

  const enter = useCallback(() => {
    const playground = new Playground(
      outbox,
      () => setStage({ at: 'signed-out', before: ENDED }),
      (sessionId) => {
        if (sessionInAddress() !== sessionId) history.pushState(null, '', addressOf(sessionId));
      },
    );
    history.replaceState(null, '', addressOf(sessionInAddress()));
    setStage({ at: 'playground', playground });
  }, [outbox]);

  const look = useCallback(async () => {
    try {
      const { badLink } = await arrival;
      if (badLink !== null) setStage({ at: 'signed-out', before: badLink });
      else if (await isSignedIn()) enter();
      else setStage({ at: 'signed-out', before: null });
    } catch (error) {
      setStage({ at: 'unreachable', trouble: troubleOf(error) });
    }
  }, [arrival, enter]);

  useEffect(() => void look(), [look]);

  const playground = stage.at === 'playground' ? stage.playground : null;
  useEffect(() => {
    if (playground === null) return undefined;
    const moved = (): void => void playground.open(sessionInAddress());
    addEventListener('popstate', moved);
    playground.start();
    moved();
    return () => {
      removeEventListener('popstate', moved);
      playground.dispose();
    };
  }, [playground]);

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
      return (
        <Card title="Parley">
          <p className="waiting">Opening</p>
        </Card>
      );
    case 'unreachable':
      return (
        <Card title="Parley">
          <TroubleNote trouble={stage.trouble}>
            <button type="button" className="primary" onClick={() => location.assign('/playground')}>
              Try again
            </button>
          </TroubleNote>
        </Card>
      );
    case 'signed-out':
      return <SignInPage before={stage.before} onSignedIn={enter} />;
    case 'playground':
      return <PlaygroundPage playground={stage.playground} onSignOut={() => void leave()} />;
  }
}
