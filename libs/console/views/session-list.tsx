import { useEffect, useState } from 'react';
import type { Session } from '#libs/contracts';
import { client } from '../gateway/client.js';
import { troubleOf, type Trouble } from '../gateway/trouble.js';
import { ActButton } from '../parts/act-button.js';
import { OutsideText } from './outside-text.js';

const PAGE = 30;

interface SessionListProps {
  readonly openId: string | null;
  /** A change reads the list again. */
  readonly version: number;
  readonly onOpen: (sessionId: string | null) => void;
}

interface Loaded {
  readonly sessions: readonly Session[];
  readonly nextCursor: string | null;
}

/** The caller's conversations, newest first, page by page. */
export function SessionList({ openId, version, onOpen }: SessionListProps) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [tries, setTries] = useState(0);
  const [reading, setReading] = useState(false);

  useEffect(() => {
    let stale = false;
    client.sessions({ limit: PAGE }).then(
      (page) => {
        if (stale) return;
        setTrouble(null);
        setLoaded((known) => refresh(known, page.items, page.nextCursor));
      },
      (error: unknown) => {
        if (!stale) setTrouble(troubleOf(error));
      },
    );
    return () => {
      stale = true;
    };
  }, [version, tries]);

  const more = async (cursor: string): Promise<void> => {
    setReading(true);
    try {
      const page = await client.sessions({ limit: PAGE, cursor });
      setTrouble(null);
      setLoaded((known) => append(known, cursor, page.items, page.nextCursor));
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setReading(false);
    }
  };

  const cursor = loaded?.nextCursor ?? null;
  return (
    <>
      <button type="button" className="new-session" aria-current={openId === null ? 'page' : undefined} onClick={() => onOpen(null)}>
        New conversation
      </button>
      {loaded === null && trouble === null && <p className="sessions-none waiting">Loading</p>}
      <ul className="sessions">
        {loaded?.sessions.map((session) => (
          <li key={session.id}>
            <button type="button" aria-current={session.id === openId ? 'page' : undefined} onClick={() => onOpen(session.id)}>
              <span className="session-title">
                <OutsideText>{session.title ?? 'Untitled'}</OutsideText>
              </span>
              <time dateTime={session.createdAt}>{day(session.createdAt)}</time>
            </button>
          </li>
        ))}
      </ul>
      {loaded?.sessions.length === 0 && <p className="sessions-none">Nothing here yet.</p>}
      {trouble !== null && (
        <p className="sessions-none" role="status">
          {trouble.title}.{' '}
          <button type="button" className="quiet" onClick={() => setTries(tries + 1)}>
            Try again
          </button>
        </p>
      )}
      {cursor !== null && (
        <ActButton className="secondary" off={reading} onClick={() => void more(cursor)}>
          {reading ? 'Loading…' : 'Show more'}
        </ActButton>
      )}
    </>
  );
}

/** A next page, where the list still ends at the cursor that it was read by. */
function append(known: Loaded | null, cursor: string, next: readonly Session[], nextCursor: string | null): Loaded | null {
  if (known?.nextCursor !== cursor) return known;
  return { sessions: [...known.sessions, ...next], nextCursor };
}

/** A first page read again: what was loaded behind it stays only while the two still meet. */
function refresh(known: Loaded | null, first: readonly Session[], nextCursor: string | null): Loaded {
  const last = first.at(-1);
  const meets = known?.sessions.findIndex((session) => session.id === last?.id) ?? -1;
  if (known === null || nextCursor === null || meets === -1) return { sessions: first, nextCursor };
  return { sessions: [...first, ...known.sessions.slice(meets + 1)], nextCursor: known.sessions.length > meets + 1 ? known.nextCursor : nextCursor };
}

function day(time: string): string {
  const date = new Date(time);
  const today = new Date().toDateString() === date.toDateString();
  return today ? date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }) : date.toLocaleDateString([], { day: 'numeric', month: 'short' });
}
