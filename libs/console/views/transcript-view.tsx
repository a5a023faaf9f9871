import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { Content } from '#libs/contracts';
import type { PlaygroundView } from '../conversation/playground-view.js';
import type { Turn } from '../conversation/transcript.js';
import { ActButton } from '../parts/act-button.js';
import { Announcer } from './announcer.js';
import { PendingView } from './pending-view.js';
import { TurnView } from './turn-view.js';

/** Turns that are in the document at once. */
const SHOWN = 200;
const STEP = 100;
const NEAR_PX = 80;

interface TranscriptViewProps {
  readonly view: PlaygroundView;
  /** Left out where one may only read. */
  readonly onSend?: (content: Content) => void;
  /** What an empty conversation shows. */
  readonly empty: ReactNode;
  /** What stands under a message that was said. */
  readonly about?: (turn: Turn) => ReactNode;
  readonly onRetry: (id: string) => void;
  readonly onDiscard: (id: string) => void;
  readonly onLoadEarlier: () => void;
}

/** The conversation. Follows the newest text while the reader is at the end, and stays put while they read further up. */
export function TranscriptView({ view, onSend, empty, about, onRetry, onDiscard, onLoadEarlier }: TranscriptViewProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [away, setAway] = useState(false);
  const [lastShown, setLastShown] = useState<string | null>(null);
  const wantsEarlier = useRef(false);
  const turns = view.transcript?.turns ?? [];
  const end = lastShown === null ? turns.length : turns.findIndex((turn) => turn.turnId === lastShown) + 1;
  const start = Math.max(0, end - SHOWN);
  const pending = view.pending.filter((message) =>
    message.sessionId === null ? view.sessionId === null && message.draft === view.draft : message.sessionId === view.sessionId,
  );
  const anchor = useAnchor(scroller, turns[start]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element !== null && atEnd.current) element.scrollTop = element.scrollHeight;
  });

  const stepBack = (): void => {
    const { turnId } = turns[end - Math.min(STEP, start) - 1] ?? {};
    if (turnId !== undefined) setLastShown(turnId);
  };

  useLayoutEffect(() => {
    if (!wantsEarlier.current || view.loadingEarlier) return;
    wantsEarlier.current = false;
    if (start > 0) stepBack();
  });

  const scrolled = (): void => {
    const element = scroller.current;
    if (element === null) return;
    atEnd.current = lastShown === null && element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    setAway(!atEnd.current);
  };
  const toEnd = (): void => {
    atEnd.current = true;
    setLastShown(null);
    setAway(false);
    if (scroller.current !== null) scroller.current.scrollTop = scroller.current.scrollHeight;
  };
  const earlier = (): void => {
    anchor();
    wantsEarlier.current = start === 0;
    if (start > 0) stepBack();
    else onLoadEarlier();
  };
  const send =
    onSend === undefined
      ? undefined
      : (content: Content): void => {
          toEnd();
          onSend(content);
        };

  const known = view.transcript !== null || view.sessionId === null;
  const isEmpty = known && turns.length === 0 && pending.length === 0 && !view.loading;
  return (
    <div className="transcript-frame">
      <div className="transcript" ref={scroller} onScroll={scrolled} tabIndex={0} role="region" aria-label="Conversation">
        {view.loading && turns.length === 0 && <p className="waiting loading">Loading</p>}
        {isEmpty && view.transcript?.deleted !== true && empty}
        {(start > 0 || view.hasEarlier) && (
          <ActButton className="secondary earlier" onClick={earlier} off={view.loadingEarlier}>
            {view.loadingEarlier ? 'Loading…' : 'Load earlier messages'}
          </ActButton>
        )}
        <ol className="turns">
          {turns.slice(start, end).map((turn) => (
            <TurnView key={turn.turnId} turn={turn} {...(send === undefined ? {} : { onSendAgain: send })} {...(about === undefined ? {} : { about })} />
          ))}
          {lastShown === null &&
            pending.map((message) => (
              <PendingView key={message.id} message={message} online={view.connection === 'open'} onRetry={onRetry} onDiscard={onDiscard} />
            ))}
        </ol>
        {view.transcript?.deleted === true && <p className="waiting-none">This conversation was deleted.</p>}
      </div>
      {(away || lastShown !== null) && (
        <button type="button" className="to-end" onClick={toEnd}>
          Newest messages
        </button>
      )}
      <Announcer turn={turns.at(-1)} saidTurnId={view.saidTurnId} />
    </div>
  );
}

/** Keeps what the reader looks at in its place when older turns come in above it. */
function useAnchor(scroller: React.RefObject<HTMLDivElement | null>, first: Turn | undefined): () => void {
  const held = useRef<{ readonly element: Element; readonly top: number } | null>(null);
  useLayoutEffect(() => {
    const { current } = held;
    held.current = null;
    if (current === null || scroller.current === null || !current.element.isConnected) return;
    scroller.current.scrollTop += current.element.getBoundingClientRect().top - current.top;
  }, [first, scroller]);
  return () => {
    const element = scroller.current?.querySelector('.turn') ?? null;
    held.current = element === null ? null : { element, top: element.getBoundingClientRect().top };
  };
}
