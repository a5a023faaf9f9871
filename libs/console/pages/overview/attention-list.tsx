import { Link } from '@tanstack/react-router';
import type { Summary } from '#libs/contracts';
import { useNow } from '../../parts/use-now.js';
import { concernsOf } from './attention.js';

/** What needs attention; one quiet line when nothing does. */
export function AttentionList({ summary }: { readonly summary: Summary }) {
  const concerns = concernsOf(summary, Math.max(useNow(), Date.parse(summary.at)));
  if (concerns.length === 0) return <p className="all-well">Nothing needs attention.</p>;
  return (
    <ul className="concerns" aria-label="Needs attention">
      {concerns.map(({ tone, text, to }) => (
        <li key={text.replace(/\d+/g, '')} data-tone={tone}>
          <span>{text}</span>
          <Link to={to}>Look</Link>
        </li>
      ))}
    </ul>
  );
}
