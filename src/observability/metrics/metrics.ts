import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What one series of a counter or histogram takes. */
export type Increment = (by?: number) => void;
export type Observe = (value: number) => void;

type LabelledValues = Iterable<readonly [string, number]>;

/** Buckets in seconds for what takes a network or a disk. */
const SHORT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** Buckets in seconds for what a model takes. */
const LONG_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
export const BUCKETS = { short: SHORT_SECONDS, long: LONG_SECONDS } as const;

/** Series of one family; a road that keeps asking for the same values gets the same series. */
const MAX_SERIES = 2000;

/**
 * The registry of this gateway's own figures and the only way to make a family. A family is made once, at the start, with its help;
 * recording is arithmetic in memory, waits for nothing and never throws.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  /** `name` ends in `_total`. Values of labels come from closed lists, never from what callers send. The library is told at a scrape: its own `inc` costs a hash of all labels. */
  counter(name: string, help: string, labels: readonly string[] = []): (...values: string[]) => Increment {
    const cells: { readonly child: Pick<Counter.Internal, 'inc'>; added: number }[] = [];
    const family = new Counter({
      name,
      help,
      labelNames: labels,
      registers: [this.registry],
      collect: () => {
        for (const cell of cells) {
          cell.child.inc(cell.added);
          cell.added = 0;
        }
      },
    });
    return series((values) => {
      const cell = { child: family.labels(...values), added: 0 };
      cells.push(cell);
      return (by = 1) => {
        if (by > 0 && by < Infinity) cell.added += by;
      };
    });
  }

  /** `name` ends in its unit; `buckets` are upper bounds in that unit. */
  histogram(name: string, help: string, buckets: readonly number[], labels: readonly string[] = []): (...values: string[]) => Observe {
    const family = new Histogram({ name, help, buckets: [...buckets], labelNames: labels, registers: [this.registry] });
    return series((values) => {
      const child = family.labels(...values);
      return (value) => child.observe(value);
    });
  }

  /** Asked at each scrape. */
  gauge(name: string, help: string, read: () => number): void {
    const family: Gauge = new Gauge({ name, help, registers: [this.registry], collect: () => family.set(read()) });
  }

  /** Asked at each scrape; a value that is gone by then is not told any more. */
  gaugeBy(name: string, help: string, label: string, read: () => LabelledValues | Promise<LabelledValues>): void {
    const family: Gauge = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: async () => {
        const values = await read();
        family.reset();
        for (const [value, count] of values) family.labels(value).set(count);
      },
    });
  }

  /** A counter that is kept elsewhere and asked at each scrape; `name` ends in `_total`. */
  counterBy(name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>): void {
    const family: Counter = new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: () => {
        family.reset();
        for (const [value, count] of read()) family.labels(value).inc(count);
      },
    });
  }
}

/** Finds the series of these label values, made at the first use. Beyond 2,000 the last one stands for all others. */
function series<Series>(make: (values: readonly string[]) => Series): (...values: string[]) => Series {
  const known = new Map<string, Series>();
  let last: Series | undefined;
  return (...values) => {
    const key = values.length === 1 ? (values[0] ?? '') : values.join('\n');
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= MAX_SERIES && last !== undefined) return last;
    last = make(values);
    known.set(key, last);
    return last;
  };
}
