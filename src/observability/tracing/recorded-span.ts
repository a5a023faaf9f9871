import { SpanStatusCode, type Span as OtelSpan } from '@opentelemetry/api';
import type { Span, SpanAttributes } from '#libs/ports';
import { UnrecordedSpan } from './unrecorded-span.js';

/** A span that is sent when it ends. */
export class RecordedSpan implements Span {
  readonly traceparent: string;
  #ended = false;

  private constructor(
    private readonly span: OtelSpan,
    traceparent: string,
  ) {
    this.traceparent = traceparent;
  }

  /** One that is not recorded only hands its place in the trace on. */
  static of(span: OtelSpan): Span {
    const { traceId, spanId, traceFlags } = span.spanContext();
    const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
    return span.isRecording() ? new RecordedSpan(span, traceparent) : new UnrecordedSpan(traceparent);
  }

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(attributes);
  }

  fail(code: string): void {
    this.span.setAttribute('error.type', code);
    this.span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  }

  end(at?: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.span.end(at);
  }
}
