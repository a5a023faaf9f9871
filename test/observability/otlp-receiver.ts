import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

const ValueSchema = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.union([z.number(), z.string()]) }),
  z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ arrayValue: z.strictObject({ values: z.array(z.object({ stringValue: z.string() })) }) }),
]);
const AttributesSchema = z.array(z.strictObject({ key: z.string(), value: ValueSchema }));
const IdSchema = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const NanosSchema = z.string().regex(/^\d{19}$/);

/** `ExportTraceServiceRequest` of OTLP 1, in JSON: what of it a collector needs. */
const RequestSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: AttributesSchema }),
      scopeSpans: z.array(
        z.object({
          scope: z.object({ name: z.string() }),
          spans: z.array(
            z.object({
              traceId: IdSchema(16),
              spanId: IdSchema(8),
              parentSpanId: IdSchema(8).optional(),
              name: z.string().min(1),
              kind: z.number().int().min(1).max(5),
              startTimeUnixNano: NanosSchema,
              endTimeUnixNano: NanosSchema,
              attributes: AttributesSchema,
              links: z.array(z.object({ traceId: IdSchema(16), spanId: IdSchema(8) })).default([]),
              status: z.object({ code: z.number().optional(), message: z.string().optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
});

type Wire = z.infer<typeof RequestSchema>['resourceSpans'][number]['scopeSpans'][number]['spans'][number];

export interface SeenSpan extends Omit<Wire, 'attributes'> {
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A collector on loopback that reads what it is sent as OTLP over HTTP says; anything else is a fault: `close` throws. */
export class OtlpReceiver {
  readonly spans: SeenSpan[] = [];
  readonly bodies: string[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  resource: Readonly<Record<string, unknown>> = {};
  /** What it answers; `silence` keeps the caller waiting. */
  answer: number | 'silence' = 200;
  readonly #faults: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (receiver.answer === 'silence') return;
        if (receiver.answer === 200) receiver.#read(`${request.method} ${request.url}`, request.headers, Buffer.concat(chunks).toString('utf8'));
        response.writeHead(receiver.answer, { 'content-type': 'application/json' }).end('{}');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The spans of one trace, by their beginning. */
  trace(traceId: string): SeenSpan[] {
    return this.spans.filter((span) => span.traceId === traceId).sort((one, other) => Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano)));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
    if (this.#faults.length > 0) throw new Error(this.#faults.join('\n'));
  }

  #read(what: string, headers: IncomingHttpHeaders, body: string): void {
    this.headers.push(headers);
    this.bodies.push(body);
    if (what !== 'POST /v1/traces' || headers['content-type'] !== 'application/json') this.#faults.push(`${what} as ${headers['content-type']}`);
    const parsed = RequestSchema.safeParse(JSON.parse(body));
    if (!parsed.success) this.#faults.push(z.prettifyError(parsed.error));
    for (const { resource, scopeSpans } of parsed.data?.resourceSpans ?? []) {
      this.resource = plain(resource.attributes);
      for (const { spans } of scopeSpans) this.spans.push(...spans.map((span) => ({ ...span, attributes: plain(span.attributes) })));
    }
  }
}

function plain(attributes: z.infer<typeof AttributesSchema>): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [inner] = Object.values(value) as unknown[];
      return [key, 'arrayValue' in value ? value.arrayValue.values.map(({ stringValue }) => stringValue) : inner];
    }),
  );
}
