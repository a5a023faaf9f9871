import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Content } from '#libs/contracts';
import type { Playground } from '../conversation/playground.js';
import { isOpen } from '../conversation/transcript.js';
import { Composer } from './composer.js';
import { ConnectionBanner } from './connection-banner.js';
import { Guide } from './guide.js';
import { Mark } from './mark.js';
import { Notice } from './notice.js';
import { SessionHeader } from './session-header.js';
import { SessionList } from './session-list.js';
import { TranscriptView } from './transcript-view.js';
import { useDocumentTitle } from './use-document-title.js';

/** The whole of `/playground` for somebody who is signed in. */
export function PlaygroundPage({ playground, onSignOut }: { playground: Playground; onSignOut: () => void }) {
  const view = useSyncExternalStore(playground.subscribe, playground.view);
  const [menuOpen, setMenuOpen] = useState(false);
  const answering = view.transcript?.turns.some(isOpen) ?? false;
  useDocumentTitle(view.session?.title ?? null);
  const send = (content: Content): boolean => playground.send(content);
  const open = (sessionId: string | null): void => {
    setMenuOpen(false);
    void playground.open(sessionId);
  };

  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
      if (document.querySelector('dialog[open]') !== null) return;
      if (menuOpen) setMenuOpen(false);
      else playground.stop();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [menuOpen, playground]);

  return (
    <div className={menuOpen ? 'playground menu-open' : 'playground'}>
      <a className="skip" href="#message">
        Skip to the message field
      </a>
      <header className="bar">
        <button
          type="button"
          className="quiet menu-button"
          aria-expanded={menuOpen}
          aria-controls="conversations"
          onClick={() => setMenuOpen(!menuOpen)}
        >
          {menuOpen ? 'Close' : 'Conversations'}
        </button>
        <p className="brand">
          <Mark />
          Parley
        </p>
        <button type="button" className="quiet sign-out" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      <nav id="conversations" className="side" aria-label="Conversations">
        <div className="side-list">
          <SessionList openId={view.sessionId} version={view.sessionsVersion} onOpen={open} />
        </div>
        <p className="side-foot">
          <a href="/console">Console</a>
          <a href="/docs">API reference</a>
        </p>
      </nav>
      <main className="main" inert={menuOpen}>
        <SessionHeader
          session={view.session}
          sessionId={view.sessionId}
          onRename={(title) => void playground.rename(title)}
          onDelete={() => void playground.remove()}
        />
        <ConnectionBanner view={view} onReconnect={() => playground.reconnect()} />
        <Notice playground={playground} view={view} />
        <TranscriptView
          key={view.sessionId ?? view.draft}
          view={view}
          onSend={send}
          empty={<Guide onSend={send} />}
          onRetry={(id) => playground.retry(id)}
          onDiscard={(id) => playground.discard(id)}
          onLoadEarlier={() => void playground.loadEarlier()}
        />
        <Composer
          focusKey={view.sessionId ?? view.draft}
          answering={answering}
          disabled={view.transcript?.deleted === true}
          onSend={send}
          onStop={() => playground.stop()}
        />
      </main>
    </div>
  );
}
