import { NO_TRACING, type Tracing } from '#libs/ports';
import type { Config } from '../../config/config.js';
import type { Log } from '../log.js';
import type { Metrics } from '../metrics/metrics.js';
import { SpanMetrics } from '../metrics/span-metrics.js';
import { SpanWatch } from './span-watch.js';

/** Tracing as the settings want it. OpenTelemetry is loaded only when it is on. */
export async function startTracing({ settings }: Config, log: Log, metrics: Metrics): Promise<Tracing> {
  const watch = new SpanWatch(new SpanMetrics(metrics), log);
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return NO_TRACING;
  const { OtlpTracing } = await import('./otlp-tracing.js');
  return new OtlpTracing(endpoint, settings, watch);
}
