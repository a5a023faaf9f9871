import { useEffect, useRef, useState } from 'react';
import type { Session } from '#libs/contracts';
import { OutsideText } from './outside-text.js';

const TITLE_MAX = 256;

interface SessionHeaderProps {
  readonly session: Session | null;
  readonly sessionId: string | null;
  readonly onRename: (title: string | null) => void;
  readonly onDelete: () => void;
}

/** The name of the open conversation, to be changed in place, and its end, which is asked for twice. */
export function SessionHeader({ session, sessionId, onRename, onDelete }: SessionHeaderProps) {
  const [editing, setEditing] = useState(false);
  const asking = useRef<HTMLDialogElement>(null);
  const title = session?.title ?? (sessionId === null ? 'New conversation' : 'Untitled');

  useEffect(() => setEditing(false), [sessionId]);

  return (
    <div className="session-header">
      {editing ? (
        <TitleField
          title={session?.title ?? ''}
          onDone={(changed) => {
            setEditing(false);
            if (changed !== null && changed !== (session?.title ?? '')) onRename(changed === '' ? null : changed);
          }}
        />
      ) : (
        <h1>
          <OutsideText>{title}</OutsideText>
        </h1>
      )}
      {sessionId !== null && !editing && (
        <div className="session-actions">
          <button type="button" className="quiet" onClick={() => setEditing(true)}>
            Rename
          </button>
          <button type="button" className="quiet" onClick={() => asking.current?.showModal()}>
            Delete
          </button>
        </div>
      )}
      <dialog ref={asking} aria-labelledby="delete-title">
        <form method="dialog">
          <h2 id="delete-title">Delete this conversation?</h2>
          <p>
            Everything said in <q><OutsideText>{title}</OutsideText></q> will be gone for good. An answer that is running is stopped.
          </p>
          <div className="actions">
            <button type="submit" className="secondary" autoFocus>
              Keep it
            </button>
            <button type="submit" className="danger" onClick={onDelete}>
              Delete
            </button>
          </div>
        </form>
      </dialog>
    </div>
  );
}

function TitleField({ title, onDone }: { title: string; onDone: (title: string | null) => void }) {
  const [text, setText] = useState(title);
  const given = useRef(false);
  const done = (changed: string | null): void => {
    if (given.current) return;
    given.current = true;
    onDone(changed);
  };
  return (
    <input
      className="title-field"
      aria-label="Name of the conversation"
      value={text}
      maxLength={TITLE_MAX}
      autoFocus
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => done(text.trim())}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.nativeEvent.isComposing) done(text.trim());
        if (event.key === 'Escape') {
          event.stopPropagation();
          done(null);
        }
      }}
    />
  );
}
