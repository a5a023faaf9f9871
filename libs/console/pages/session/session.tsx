import { useEffect } from 'react';
import { Link, useParams } from '@tanstack/react-router';
import { PERMISSIONS } from '#libs/policy';
import type { Playground } from '../../conversation/playground.js';
import type { PlaygroundView } from '../../conversation/playground-view.js';
import { isOpen, type Turn } from '../../conversation/transcript.js';
import { Page as PageFrame } from '../../parts/page.js';
import { WhoText } from '../../parts/who-text.js';
import { useMay, useMe } from '../../shell/me.js';
import '../../styles/transcript.css';
import { Composer } from '../../views/composer.js';
import { ConnectionBanner } from '../../views/connection-banner.js';
import { Notice } from '../../views/notice.js';
import { OutsideText } from '../../views/outside-text.js';
import { TranscriptView } from '../../views/transcript-view.js';
import { TroubleNote } from '../../views/trouble-note.js';
import { EndSession } from './end-session.js';
import { SessionFacts } from './session-facts.js';
import { shortName } from './short-name.js';
import { useConversation } from './use-conversation.js';

/** One session as it happens: what was said, who listens; who may, writes in it, stops a turn or ends it. */
export function Page() {
  const { sessionId = '' } = useParams({ strict: false });
  const conversation = useConversation(sessionId);
  if (conversation === null) return <p className="waiting page-waiting">Loading</p>;
  return <Session key={sessionId} sessionId={sessionId} {...conversation} />;
}

interface SessionProps {
  readonly sessionId: string;
  readonly playground: Playground;
  readonly view: PlaygroundView;
}

function Session({ sessionId, playground, view }: SessionProps) {
  const mayWrite = useMayWrite(view);
  const answering = view.transcript?.turns.some(isOpen) ?? false;
  const deleted = view.transcript?.deleted === true;
  useEscape(mayWrite && answering, playground);

  const back = (
    <Link to="/sessions" className="back">
      Sessions
    </Link>
  );
  if (view.sessionId === null) {
    return (
      <PageFrame title="Session" back={back}>
        {view.notice !== null && <TroubleNote trouble={view.notice} />}
      </PageFrame>
    );
  }
  return (
    <PageFrame
      title={view.session?.title ?? shortName(sessionId)}
      back={back}
      fills
      actions={mayWrite && !deleted && <EndSession id={sessionId} title={view.session?.title ?? null} />}
    >
      <div className="session-columns">
        <div className="session-talk">
          <ConnectionBanner view={view} onReconnect={() => playground.reconnect()} />
          <Notice playground={playground} view={view} />
          <TranscriptView
            view={view}
            {...(mayWrite && !deleted ? { onSend: (content) => playground.send(content) } : {})}
            empty={<p className="empty">Nothing was said in this session.</p>}
            about={aboutTurn}
            onRetry={(id) => playground.retry(id)}
            onDiscard={(id) => playground.discard(id)}
            onLoadEarlier={() => void playground.loadEarlier()}
          />
          {mayWrite && (
            <Composer focusKey="" answering={answering} disabled={deleted} onSend={(text) => playground.send(text)} onStop={() => playground.stop()} />
          )}
        </div>
        {view.session !== null && <SessionFacts session={view.session} joined={view.transcript !== null} />}
      </div>
    </PageFrame>
  );
}

/** Who said it, and the way to what became of it. Made once: a turn is drawn anew only when it changes. */
function aboutTurn({ author, messageId, agent }: Turn) {
  return (
    <>
      {author !== null && <WhoText who={author} />}
      {agent !== null && (
        <>
          {' to '}
          <OutsideText>{agent}</OutsideText>
        </>
      )}
      {messageId !== null && (
        <>
          {' · '}
          <Link to={`/messages/${messageId}`}>Its life</Link>
        </>
      )}
    </>
  );
}

function useMayWrite({ session }: PlaygroundView): boolean {
  const me = useMe();
  const inAll = useMay(PERMISSIONS.writeAllSessions);
  const inOwn = useMay(PERMISSIONS.ownSessions);
  return session !== null && (inAll || (inOwn && session.owner.kind === me.kind && session.owner.id === me.id));
}

/** Escape stops the turn that runs, as in the playground. */
function useEscape(active: boolean, playground: Playground): void {
  useEffect(() => {
    if (!active) return undefined;
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented || document.querySelector('[role$=dialog]') !== null) return;
      playground.stop();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [active, playground]);
}
