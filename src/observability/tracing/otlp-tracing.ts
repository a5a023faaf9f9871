import { ROOT_CONTEXT, SamplingDecision, SpanKind, trace, type Context, type SpanContext, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider, type Sampler } from '@opentelemetry/sdk-trace';
import { Tracing, type Span, type SpanStart } from '#libs/ports';
import type { Settings } from '../../config/settings.js';
import { VERSION } from '../../version.js';
import { BoundedProcessor, type SpanFates } from './bounded-processor.js';
import { RecordedSpan } from './recorded-span.js';
import { samplerOf } from './sampler.js';
import { TraceIds } from './trace-ids.js';
import { isNotSampled, readTraceparent } from './traceparent.js';
import { UnrecordedSpan } from './unrecorded-span.js';

const SPAN_QUEUE = 2048;
const BATCH = 256;
const SEND_EVERY_MS = 2_000;
const SEND_WITHIN_MS = 5_000;
/** At the end of the process a collector that does not answer is not waited for longer. */
const FLUSH_WITHIN_MS = 1_000;
const LONGEST_VALUE = 256;

const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT, producer: SpanKind.PRODUCER } as const;

type TracingSettings = Pick<
  Settings,
  'OTEL_EXPORTER_OTLP_HEADERS' | 'OTEL_SERVICE_NAME' | 'OTEL_TRACES_SAMPLER' | 'OTEL_TRACES_SAMPLER_ARG'
>;

/**
 * Traces by OpenTelemetry, sent to a collector (OTLP 1 over HTTP, JSON). What is recorded waits in a queue of 2,048 spans and leaves in
 * batches; beyond it spans are dropped. A collector that is slow or away costs nothing but its traces.
 */
export class OtlpTracing extends Tracing {
  readonly on = true;
  readonly #tracer: Tracer;
  readonly #provider: TracerProvider;
  readonly #sampler: Sampler;
  readonly #ids = new TraceIds();
  readonly #asParentSays: boolean;

  constructor(endpoint: string, settings: TracingSettings, fates: SpanFates) {
    super();
    const exporter = new OTLPTraceExporter({
      url: `${endpoint}/v1/traces`,
      headers: headersOf(settings.OTEL_EXPORTER_OTLP_HEADERS),
      timeoutMillis: SEND_WITHIN_MS,
      concurrencyLimit: 2,
    });
    const bounded = new BoundedProcessor(SPAN_QUEUE, fates, exporter, (watched) =>
      new BatchSpanProcessor({
        exporter: watched,
        maxQueueSize: SPAN_QUEUE,
        maxExportBatchSize: BATCH,
        scheduledDelayMillis: SEND_EVERY_MS,
        exportTimeoutMillis: SEND_WITHIN_MS,
      }),
    );
    this.#sampler = samplerOf(settings.OTEL_TRACES_SAMPLER, settings.OTEL_TRACES_SAMPLER_ARG);
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': settings.OTEL_SERVICE_NAME, 'service.version': VERSION }),
      sampler: this.#sampler,
      idGenerator: this.#ids,
      spanLimits: { attributeValueLengthLimit: LONGEST_VALUE, attributeCountLimit: 32, linkCountLimit: 8, eventCountLimit: 8 },
      spanProcessors: [bounded],
    });
    this.#tracer = this.#provider.getTracer('parley', VERSION);
    this.#asParentSays = settings.OTEL_TRACES_SAMPLER.startsWith('parentbased_');
  }

  begin(name: string, { parent, kind = 'internal', attributes = {}, at, links = [] }: SpanStart): Span {
    const beneath = this.unrecorded(parent);
    if (beneath !== null) return beneath;
    const above = parent === null ? null : contextOf(parent);
    const alone = above === null ? this.#unrecordedRoot(name) : null;
    if (alone !== null) return alone;
    const options = {
      kind: KINDS[kind],
      attributes,
      links: links.flatMap((link) => contextOf(link) ?? []).map((context) => ({ context })),
      ...(at === undefined ? {} : { startTime: at }),
    };
    return RecordedSpan.of(this.#tracer.startSpan(name, options, inside(above)));
  }

  unrecorded(parent: string | null): Span | null {
    return parent !== null && this.#asParentSays && isNotSampled(parent) ? new UnrecordedSpan(parent) : null;
  }

  /** Asks the sampler alone whether a trace that begins is recorded: most are not, and a span of the SDK costs five times as much. */
  #unrecordedRoot(name: string): Span | null {
    const traceId = this.#ids.generateTraceId();
    const { decision } = this.#sampler.shouldSample(ROOT_CONTEXT, traceId, name, SpanKind.INTERNAL, {}, []);
    if (decision === SamplingDecision.NOT_RECORD) return new UnrecordedSpan(`00-${traceId}-${this.#ids.generateSpanId()}-00`);
    this.#ids.begin(traceId);
    return null;
  }

  async flush(deadline: AbortSignal): Promise<void> {
    const over = AbortSignal.any([deadline, AbortSignal.timeout(FLUSH_WITHIN_MS)]);
    const late = new Promise<void>((resolve) => over.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([this.#provider.shutdown().catch(() => undefined), over.aborted ? undefined : late]);
  }
}

function inside(above: SpanContext | null): Context {
  return above === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, above);
}

function contextOf(traceparent: string): SpanContext | null {
  const read = readTraceparent(traceparent);
  return read === null ? null : { traceId: read.traceId, spanId: read.spanId, traceFlags: Number.parseInt(read.flags, 16) & 1, isRemote: true };
}

/** `name=value` by commas, values percent-encoded (the specification's own form). */
function headersOf(list: string | undefined): Record<string, string> {
  const pairs = (list ?? '').split(',').filter((pair) => pair !== '');
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), decoded(pair.slice(pair.indexOf('=') + 1).trim())]));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
