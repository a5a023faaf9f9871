import type { Metrics } from './metrics.js';

/** What becomes of the spans of traces that are recorded. */
export class SpanMetrics {
  private readonly spans;

  constructor(metrics: Metrics) {
    this.spans = metrics.counter('parley_spans_total', 'Spans of traces that were recorded, by what became of them: sent, failed, dropped.', ['outcome']);
  }

  count(outcome: 'sent' | 'failed' | 'dropped', spans: number): void {
    this.spans(outcome)(spans);
  }
}
