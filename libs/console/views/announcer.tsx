import { useEffect, useRef, useState } from 'react';
import { isOpen, type Turn } from '../conversation/transcript.js';

const EVERY_MS = 1_500;
const SENTENCE = /^[\s\S]*[.!?:\n](?=\s|$)/;

/** What of a turn was told already. */
interface Told {
  readonly turnId: string;
  readonly length: number;
  readonly ended: boolean;
}

interface AnnouncerProps {
  /** The newest one. */
  readonly turn: Turn | undefined;
  /** The one whose message was sent from here: it is told also when it had ended before it was seen. */
  readonly saidTurnId: string | null;
}

/** Tells screen readers the streamed answer in whole sentences, and how the turn ended; it is not seen. Old answers are not told. */
export function Announcer({ turn, saidTurnId }: AnnouncerProps) {
  const [spoken, setSpoken] = useState('');
  const told = useRef<Told | null>(null);
  const latest = useRef(turn);

  useEffect(() => {
    latest.current = turn;
    if (turn === undefined || told.current?.turnId === turn.turnId) return;
    if (isOpen(turn) || turn.turnId === saidTurnId) told.current = { turnId: turn.turnId, length: 0, ended: false };
  }, [turn, saidTurnId]);

  useEffect(() => {
    const timer = setInterval(() => {
      if (latest.current === undefined || latest.current.turnId !== told.current?.turnId || told.current.ended) return;
      const [text, next] = rest(latest.current, told.current);
      told.current = next;
      if (text !== '') setSpoken(text);
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);

  return (
    <div className="visually-hidden" aria-live="polite" aria-atomic="true">
      {spoken}
    </div>
  );
}

function rest(turn: Turn, told: Told): [string, Told] {
  const untold = turn.text.slice(told.length);
  const ended = !isOpen(turn);
  const text = ended ? untold : (SENTENCE.exec(untold)?.[0] ?? '');
  return [`${text} ${ended ? ending(turn) : ''}`.trim(), { turnId: turn.turnId, length: told.length + text.length, ended }];
}

function ending(turn: Turn): string {
  if (turn.state === 'failed') return `The answer failed. ${turn.error?.title ?? ''}`;
  return turn.state === 'cancelled' ? 'Stopped.' : '';
}
