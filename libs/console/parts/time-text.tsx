import { useNow } from './use-now.js';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;
const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const JUST_S = 45;
/** The page's clock may be that much behind what it hears. */
const BEHIND_S = 20;
const OLD_S = 30 * 86_400;

/** When something was or will be: from now in words, whole under the pointer. */
export function TimeText({ at }: { readonly at: string }) {
  const now = useNow();
  const date = new Date(at);
  return (
    <time dateTime={at} title={date.toLocaleString()}>
      {inWords((date.getTime() - now) / 1_000, date)}
    </time>
  );
}

function inWords(seconds: number, date: Date): string {
  const size = Math.abs(seconds);
  if (size < JUST_S) return seconds > BEHIND_S ? 'in a moment' : 'just now';
  if (size > OLD_S) return date.toLocaleDateString();
  const [unit, length] = UNITS.find(([, one]) => size >= one) ?? ['minute', 60];
  return format.format(Math.round(seconds / length), unit);
}
