import { Histogram } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

interface Series {
  readonly labels: Labels;
  /** Observations by the bound that they fit under, those above all bounds last. */
  readonly counts: number[];
  sum: number;
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly sharedLabels: Labels;
  readonly value: number;
}

/** A histogram of the library that counts by itself and tells the library at a scrape: its own `observe` makes a hash of all labels each time. */
export class CountedHistogram extends Histogram {
  readonly #series: Series[] = [];

  constructor(
    private readonly family: { readonly name: string; readonly help: string; readonly labelNames: readonly string[] },
    private readonly bounds: readonly number[],
  ) {
    super({ ...family, buckets: [...bounds], registers: [] });
  }

  /** One series; `values` in the order of the names of the labels. Asked once for each. Observing what is no finite number does nothing. */
  series(values: readonly string[]): (value: number) => void {
    const labels = Object.fromEntries(this.family.labelNames.map((name, index) => [name, values[index] ?? '']));
    const { bounds } = this;
    const series: Series = { labels, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 };
    this.#series.push(series);
    return (value) => {
      if (!Number.isFinite(value)) return;
      let index = 0;
      for (; index < bounds.length; index += 1) if (value <= (bounds[index] ?? 0)) break;
      series.counts[index] = (series.counts[index] ?? 0) + 1;
      series.sum += value;
    };
  }

  /** What the registry asks for at a scrape, and `get` as well. */
  getForPromString(): Promise<{ name: string; help: string; type: 'histogram'; aggregator: 'sum'; values: Sample[] }> {
    const { name, help } = this.family;
    return Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values: this.#series.flatMap((series) => this.#samples(series)) });
  }

  #samples({ labels, counts, sum }: Series): Sample[] {
    const { name } = this.family;
    let below = 0;
    const buckets = counts.map((count, index) => {
      below += count;
      return { metricName: `${name}_bucket`, labels: { le: this.bounds[index] ?? '+Inf' }, sharedLabels: labels, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: {}, sharedLabels: labels, value: sum },
      { metricName: `${name}_count`, labels: {}, sharedLabels: labels, value: below },
    ];
  }
}
