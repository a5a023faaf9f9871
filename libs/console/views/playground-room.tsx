import { useEffect, useState } from 'react';
import { addressOf, sessionInAddress } from '../address.js';
import type { Outbox } from '../conversation/outbox.js';
import { Playground } from '../conversation/playground.js';
import '../styles/transcript.css';
import { PlaygroundPage } from './playground-page.js';

interface PlaygroundRoomProps {
  readonly outbox: Outbox;
  /** The sign-in ended elsewhere. */
  readonly onEnded: () => void;
  readonly onSignOut: () => void;
}

/** The playground with its connection, at the conversation that the address bar names. */
export function PlaygroundRoom({ outbox, onEnded, onSignOut }: PlaygroundRoomProps) {
  const [playground, setPlayground] = useState<Playground | null>(null);

  useEffect(() => {
    history.replaceState(null, '', addressOf(sessionInAddress()));
    const opened = new Playground(outbox, onEnded, (sessionId) => {
      if (sessionInAddress() !== sessionId) history.pushState(null, '', addressOf(sessionId));
    });
    const moved = (): void => void opened.open(sessionInAddress());
    addEventListener('popstate', moved);
    opened.start();
    moved();
    setPlayground(opened);
    return () => {
      removeEventListener('popstate', moved);
      opened.dispose();
    };
  }, [outbox, onEnded]);

  return playground === null ? null : <PlaygroundPage playground={playground} onSignOut={onSignOut} />;
}
