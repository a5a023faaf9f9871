import { useEffect, useState, useSyncExternalStore } from 'react';
import { Playground } from '../../conversation/playground.js';
import type { PlaygroundView } from '../../conversation/playground-view.js';
import { useRoom } from '../../shell/room.js';

interface OpenConversation {
  readonly playground: Playground;
  readonly view: PlaygroundView;
}

const nothing = () => () => undefined;

/** Follows a session on a connection of its own while the page is open; null for the moment before. */
export function useConversation(sessionId: string): OpenConversation | null {
  const { outbox, onEnded } = useRoom();
  const [playground, setPlayground] = useState<Playground | null>(null);

  useEffect(() => {
    const opened = new Playground(outbox, onEnded, () => undefined);
    opened.start();
    void opened.open(sessionId);
    setPlayground(opened);
    return () => opened.dispose();
  }, [sessionId, outbox, onEnded]);

  const view = useSyncExternalStore(playground?.subscribe ?? nothing, () => playground?.view() ?? null);
  return playground === null || view === null ? null : { playground, view };
}
