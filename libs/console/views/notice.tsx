import type { Playground } from '../conversation/playground.js';
import type { PlaygroundView } from '../conversation/playground-view.js';
import { TroubleNote } from './trouble-note.js';

interface NoticeProps {
  readonly playground: Playground;
  readonly view: PlaygroundView;
}

/** Trouble with the open conversation: it can be put away, and what could not be read is tried again. */
export function Notice({ playground, view: { notice, sessionId, transcript, loading } }: NoticeProps) {
  if (notice === null) return null;
  const unread = sessionId !== null && transcript === null && !loading;
  return (
    <TroubleNote trouble={notice}>
      {unread && (
        <button type="button" className="primary" onClick={() => void playground.open(sessionId)}>
          Try again
        </button>
      )}
      <button type="button" className="secondary" onClick={() => playground.dismissNotice()}>
        Dismiss
      </button>
    </TroubleNote>
  );
}
