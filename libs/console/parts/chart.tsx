export interface Series {
  readonly name: string;
  /** Null where nothing is known; the line is broken there. */
  readonly values: readonly (number | null)[];
  readonly tone?: 'accent' | 'danger' | 'soft';
}

interface ChartProps {
  readonly label: string;
  readonly series: readonly Series[];
  /** Places for values at least; fewer are drawn at the right end. */
  readonly length: number;
  readonly format: (value: number) => string;
}

const WIDTH = 300;
const HEIGHT = 64;
/** Above the highest value there is room for the figure at the top. */
const TOP = 16;

/** Lines over time, the newest at the right. A screen reader hears the newest values and the highest. */
export function Chart({ label, series, length: least, format }: ChartProps) {
  const length = Math.max(least, ...series.map(({ values }) => values.length));
  const highest = Math.max(0, ...series.flatMap(({ values }) => values.filter((value) => value !== null)));
  const top = niceTop(highest);
  const newest = series.map(({ name, values }) => `${name} ${formatOr(values.at(-1) ?? null, format)}`).join(', ');
  return (
    <figure className="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${label}: ${newest}; at most ${format(highest)}`}>
        <line className="chart-grid" x1="0" x2={WIDTH} y1={TOP} y2={TOP} />
        <line className="chart-base" x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {series.map(({ name, values, tone = 'accent' }, index) => (
          <g key={name} data-tone={tone}>
            {index === 0 && <path className="chart-area" d={area(values, length, top)} />}
            <path className="chart-line" d={line(values, length, top)} />
          </g>
        ))}
      </svg>
      <figcaption className="chart-top" aria-hidden="true">
        <span>{format(top)}</span>
        {series.length > 1 &&
          series.map(({ name, tone = 'accent' }) => (
            <span key={name} className="chart-key" data-tone={tone}>
              {name}
            </span>
          ))}
      </figcaption>
    </figure>
  );
}

function points(values: readonly (number | null)[], length: number, top: number): ({ readonly x: number; readonly y: number } | null)[] {
  const shown = values.slice(-length);
  const first = length - shown.length;
  return shown.map((value, index) =>
    value === null ? null : { x: ((first + index) / Math.max(1, length - 1)) * WIDTH, y: HEIGHT - 1 - (value / top) * (HEIGHT - 1 - TOP) },
  );
}

function line(values: readonly (number | null)[], length: number, top: number): string {
  let pen = 'M';
  return points(values, length, top)
    .map((point) => {
      if (point === null) {
        pen = 'M';
        return '';
      }
      const step = `${pen}${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
      pen = 'L';
      return step;
    })
    .join('');
}

function area(values: readonly (number | null)[], length: number, top: number): string {
  const known = points(values.map((value) => value ?? 0), length, top).flatMap((point) => point ?? []);
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined) return '';
  return `M${first.x.toFixed(1)} ${HEIGHT}${known.map(({ x, y }) => `L${x.toFixed(1)} ${y.toFixed(1)}`).join('')}L${last.x.toFixed(1)} ${HEIGHT}Z`;
}

/** The next 1, 2 or 5 with noughts. */
function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function formatOr(value: number | null, format: (value: number) => string): string {
  return value === null ? 'unknown' : format(value);
}
