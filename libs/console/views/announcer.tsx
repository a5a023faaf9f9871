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

/** Tells screen readers the streamed answer in whole sentences, and how the turn ended; it is not seen. Old answers are not told. */
export function Announcer({ turn }: { turn: Turn | undefined }) {
  const [spoken, setSpoken] = useState('');
  const told = useRef<Told | null>(null);
  const latest = useRef(turn);

  useEffect(() => {
    latest.current = turn;
    if (turn !== undefined && isOpen(turn) && told.current?.turnId !== turn.turnId) {
      told.current = { turnId: turn.turnId, length: 0, ended: false };
    }
  }, [turn]);

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
