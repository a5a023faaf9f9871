import { useEffect, useRef, useState } from 'react';
import type { Turn } from '../conversation/transcript.js';

const EVERY_MS = 1_500;
const SENTENCE = /^[\s\S]*[.!?:\n](?=\s|$)/;

/** Tells screen readers the streamed answer in whole sentences, and how the turn ended; it is not seen. */
export function Announcer({ turn }: { turn: Turn | undefined }) {
  const [spoken, setSpoken] = useState('');
  const known = useRef({ turnId: '', length: 0, state: '' });
  const latest = useRef(turn);

  useEffect(() => {
    latest.current = turn;
  }, [turn]);

  useEffect(() => {
    const timer = setInterval(() => {
      const current = latest.current;
      if (current === undefined) return;
      if (known.current.turnId !== current.turnId) {
        const old = known.current.turnId === '' && current.state !== 'queued' && current.state !== 'running';
        known.current = { turnId: current.turnId, length: old ? current.text.length : 0, state: old ? current.state : '' };
      }
      const saying = next(current, known.current);
      if (saying !== '') setSpoken(saying);
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);

  return (
    <div className="visually-hidden" aria-live="polite" aria-atomic="true" data-testid="announcer">
      {spoken}
    </div>
  );
}

function next(turn: Turn, known: { length: number; state: string }): string {
  const rest = turn.text.slice(known.length);
  const ended = turn.state === 'completed' || turn.state === 'failed' || turn.state === 'cancelled';
  const text = ended ? rest : (SENTENCE.exec(rest)?.[0] ?? '');
  known.length += text.length;
  if (!ended || known.state === turn.state) return text.trim();
  known.state = turn.state;
  if (turn.state === 'failed') return `${text} The answer failed. ${turn.error?.title ?? ''}`.trim();
  return turn.state === 'cancelled' ? `${text} Stopped.`.trim() : text.trim();
}
