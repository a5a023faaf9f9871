import { z } from 'zod';

const SAMPLERS = ['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const;
const HEADERS = /^[^=,\s]+=[^,]*(,[^=,\s]+=[^,]*)*$/;

/** Tracing by OpenTelemetry, under the names of its own specification. */
export const TracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((url) => !/[?#@]/.test(url), 'must have no user, query or fragment')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe('Address of an OpenTelemetry collector (OTLP over HTTP, JSON); turns tracing on. Traces go to `<address>/v1/traces`.'),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .regex(HEADERS, 'must be name=value, separated by commas')
    .optional()
    .describe('Headers for the collector, such as a key: `name=value`, separated by commas.'),
  OTEL_SERVICE_NAME: z.string().min(1).max(256).default('parley').describe('What this gateway is called in traces.'),
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLERS, `must be one of ${SAMPLERS.join(', ')}`)
    .default('parentbased_always_on')
    .describe(`Which traces are recorded: ${SAMPLERS.join(', ')}. \`parentbased_\`: as the caller's \`traceparent\` says, where there is one.`),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(1)
    .describe('Share of the traces that the samplers by ratio record, from 0 to 1.'),
};

type Given = { readonly [Name in keyof typeof TracingSettings]?: unknown };

/** A line for the setting that says nothing without another one. */
export function tracingContradictions(settings: Given): string[] {
  const headersAlone = settings.OTEL_EXPORTER_OTLP_HEADERS !== undefined && settings.OTEL_EXPORTER_OTLP_ENDPOINT === undefined;
  return headersAlone ? ['OTEL_EXPORTER_OTLP_HEADERS: needs OTEL_EXPORTER_OTLP_ENDPOINT'] : [];
}
