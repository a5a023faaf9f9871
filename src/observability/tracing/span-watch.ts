import type { Log } from '../log.js';
import type { SpanMetrics } from '../metrics/span-metrics.js';
import type { SpanFates } from './bounded-processor.js';

const LONGEST_REASON = 200;

/** Counts what becomes of spans, and says once when the collector stops taking them, and once when it takes them again. */
export class SpanWatch implements SpanFates {
  #failing = false;

  constructor(
    private readonly metrics: SpanMetrics,
    private readonly log: Log,
  ) {}

  sent(spans: number): void {
    this.metrics.count('sent', spans);
    if (this.#failing) this.log.info('traces are taken again');
    this.#failing = false;
  }

  failed(spans: number, why: Error | undefined): void {
    this.metrics.count('failed', spans);
    if (!this.#failing) this.log.warn('traces cannot be sent; they are dropped until the collector takes them', { reason: why?.message.slice(0, LONGEST_REASON) });
    this.#failing = true;
  }

  dropped(): void {
    this.metrics.count('dropped', 1);
  }
}
