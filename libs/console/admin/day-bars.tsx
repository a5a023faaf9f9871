export interface Day {
  /** `2026-03-01` */
  readonly date: string;
  readonly value: number;
}

interface DayBarsProps {
  readonly label: string;
  readonly days: readonly Day[];
  readonly format: (value: number) => string;
}

const WIDTH = 620;
const HEIGHT = 150;
const FLOOR = 22;
const GAP = 0.25;

/** A bar for each day. Whoever does not see it gets the same figures as a table. */
export function DayBars({ label, days, format }: DayBarsProps) {
  const most = Math.max(...days.map(({ value }) => value), 0);
  const step = WIDTH / Math.max(days.length, 1);
  return (
    <figure className="day-bars">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${label}; at most ${format(most)}`}>
        {days.map(({ date, value }, index) => {
          const tall = most === 0 ? 0 : (value / most) * (HEIGHT - FLOOR - 20);
          return (
            <g key={date}>
              <title>{`${date}: ${format(value)}`}</title>
              <rect className="day-bar-place" x={index * step} y={0} width={step} height={HEIGHT - FLOOR} />
              <rect className="day-bar" x={(index + GAP / 2) * step} y={HEIGHT - FLOOR - tall} width={step * (1 - GAP)} height={tall} rx={2} />
            </g>
          );
        })}
        <line x1={0} x2={WIDTH} y1={HEIGHT - FLOOR} y2={HEIGHT - FLOOR} />
        <text x={0} y={HEIGHT - 4}>{days[0]?.date.slice(5)}</text>
        <text x={WIDTH} y={HEIGHT - 4} textAnchor="end">{days.at(-1)?.date.slice(5)}</text>
        <text x={0} y={13}>{format(most)}</text>
      </svg>
      <table className="visually-hidden">
        <caption>{label}</caption>
        <tbody>
          {days.filter(({ value }) => value > 0).map(({ date, value }) => (
            <tr key={date}>
              <th scope="row">{date}</th>
              <td>{format(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
