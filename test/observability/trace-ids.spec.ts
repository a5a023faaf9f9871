import { expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { OtlpTracing } from '../../src/observability/tracing/otlp-tracing.js';

const BEGUN = 4000;
const fates = { sent: () => undefined, failed: () => undefined, dropped: () => undefined };

/** Traces that begin here, with one in four recorded; nothing listens at the collector's address. */
async function begun(): Promise<string[]> {
  const { settings } = readConfig({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' });
  const tracing = new OtlpTracing('http://127.0.0.1:9', settings, fates);
  const traces: string[] = [];
  for (let made = 0; made < BEGUN; made += 1) {
    const span = tracing.begin('one of many', { parent: null });
    const beneath = tracing.begin('beneath', { parent: span.traceparent });
    expect(beneath.traceparent?.slice(0, 35)).toBe(span.traceparent?.slice(0, 35));
    expect(beneath.traceparent?.slice(-2)).toBe(span.traceparent?.slice(-2));
    traces.push(span.traceparent ?? '');
  }
  await tracing.flush(AbortSignal.abort());
  return traces;
}

it('traces that begin here have ids of their own, and as many are recorded as the sampler says', async () => {
  const traces = await begun();
  for (const trace of traces) expect(trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
  expect(new Set(traces.map((trace) => trace.slice(3, 35))).size).toBe(BEGUN);
  expect(new Set(traces.map((trace) => trace.slice(36, 52))).size).toBe(BEGUN);
  const recorded = traces.filter((trace) => trace.endsWith('-01')).length / BEGUN;
  expect(recorded).toBeGreaterThan(0.15);
  expect(recorded).toBeLessThan(0.35);
});
