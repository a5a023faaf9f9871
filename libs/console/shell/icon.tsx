/** Strokes on a field of 20 by 20. */
const STROKES = {
  pulse: 'M2.5 10h3.2l2.1-5.5 4.2 11 2.1-5.5h3.4',
  talk: 'M3.5 4.5h13v9h-7l-3.5 3v-3h-2.5z',
  queue: 'M3.5 5h13M3.5 10h13M3.5 15h8',
  plug: 'M7 3v4M13 3v4M5 7h10v3a5 5 0 0 1-10 0zM10 15v3',
  letter: 'M3 5h14v10H3zM3.5 5.5l6.5 5 6.5-5',
  door: 'M5 17V3h10v14M3 17h14M12 10v.8',
  agent: 'M5 7.5h10v8H5zM10 7.5V4M7.8 11v1M12.2 11v1M3 10.5v2.5M17 10.5v2.5',
  gear: 'M10 7.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M10 3v2M10 15v2M3 10h2M15 10h2M5 5l1.5 1.5M13.5 13.5L15 15M15 5l-1.5 1.5M6.5 13.5L5 15',
  scale: 'M4 16v-5M8 16V8M12 16v-6M16 16V4',
  key: 'M12.8 4a3.2 3.2 0 1 1-2.3 5.5L4 16v-3M7 13l1.5 1.5',
  people: 'M7.5 4.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M3 16c0-2.8 1.8-4.5 4.5-4.5S12 13.2 12 16M13 5a2.2 2.2 0 0 1 0 4.3M14 11.7c2 .4 3 2 3 4.3',
  coins: 'M10 4c3.6 0 6 1 6 2.3S13.6 8.5 10 8.5 4 7.6 4 6.3 6.4 4 10 4M4 6.3v3.7c0 1.3 2.4 2.3 6 2.3s6-1 6-2.3V6.3M4 10v3.7C4 15 6.4 16 10 16s6-1 6-2.3V10',
  book: 'M4 4h9a3 3 0 0 1 3 3v9H7a3 3 0 0 1-3-3zM7.5 8h5M7.5 11h5',
  heart: 'M10 16.5C6 13.5 3.5 11 3.5 7.9A3.4 3.4 0 0 1 10 6.3a3.4 3.4 0 0 1 6.5 1.6c0 3.1-2.5 5.6-6.5 8.6z',
  flag: 'M5 17V3.5M5 4.5c3-2 6 2 10 0v7c-4 2-7-2-10 0',
  play: 'M6.5 4.5v11l9-5.5z',
} as const;

export type IconName = keyof typeof STROKES;

/** A small drawing beside a word; for decoration only. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={STROKES[name]} />
    </svg>
  );
}
