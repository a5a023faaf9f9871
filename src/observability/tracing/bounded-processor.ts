import type { ReadableSpan, Span, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';

type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0];

/** Hears what becomes of recorded spans. */
export interface SpanFates {
  sent(spans: number): void;
  failed(spans: number, why: Error | undefined): void;
  dropped(): void;
}

/** Lets at most `limit` spans wait for being sent, and tells what becomes of each. */
export class BoundedProcessor implements SpanProcessor {
  #waiting = 0;
  readonly #inner: SpanProcessor;

  constructor(
    private readonly limit: number,
    private readonly fates: SpanFates,
    exporter: SpanExporter,
    batches: (watched: SpanExporter) => SpanProcessor,
  ) {
    this.#inner = batches({
      export: (spans, done) => {
        this.#waiting -= spans.length;
        exporter.export(spans, (result) => this.#tell(spans.length, result, done));
      },
      shutdown: () => exporter.shutdown(),
      forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    });
  }

  onStart(...[span, context]: Parameters<SpanProcessor['onStart']>): void {
    this.#inner.onStart(span satisfies Span, context);
  }

  onEnd(span: ReadableSpan): void {
    if (this.#waiting >= this.limit) {
      this.fates.dropped();
      return;
    }
    this.#waiting += 1;
    this.#inner.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#inner.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown();
  }

  #tell(spans: number, result: ExportResult, done: (result: ExportResult) => void): void {
    if (result.error === undefined) this.fates.sent(spans);
    else this.fates.failed(spans, result.error);
    done(result);
  }
}
