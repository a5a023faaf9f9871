import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { CountedHistogram } from './counted-histogram.js';

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
    const family = new CountedHistogram({ name, help, labelNames: labels }, buckets);
    this.registry.registerMetric(family);
    const found = series((values) => family.series(values));
    if (labels.length === 0) found();
    return found;
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

/** Series by the values of their labels, one label after another: no key has to be made of them. */
interface Node<Series> {
  series: Series | null;
  readonly below: Map<string, Node<Series>>;
}

/** Finds the series of these label values, made at the first use. Beyond 2,000 the last one stands for all others. */
function series<Series>(make: (values: readonly string[]) => Series): (...values: string[]) => Series {
  const root: Node<Series> = { series: null, below: new Map() };
  let known = 0;
  let last: Series | null = null;
  return (...values) => {
    let node: Node<Series> | undefined = root;
    for (const value of values) node = node?.below.get(value);
    if (node !== undefined && node.series !== null) return node.series;
    if (known >= MAX_SERIES && last !== null) return last;
    known += 1;
    last = make(values);
    grown(root, values).series = last;
    return last;
  };
}

function grown<Series>(root: Node<Series>, values: readonly string[]): Node<Series> {
  let node = root;
  for (const value of values) {
    const below: Node<Series> = node.below.get(value) ?? { series: null, below: new Map() };
    node.below.set(value, below);
    node = below;
  }
  return node;
}
