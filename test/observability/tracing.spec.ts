import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tracing } from '#libs/ports';
import { Lifecycle } from '../../src/lifecycle/lifecycle.js';
import { call } from '../journeys/http/caller.js';
import { eventually } from '../outbox/eventually.js';
import { Receiver } from '../outbox/receiver.js';
import { streamed } from '../support/providers/answers.js';
import { chatCompletionsWire as wire } from '../support/providers/chat-completions.wire.js';
import { ProviderServer } from '../support/providers/provider-server.js';
import { deafAgent, GatedAgent } from '../support/scripted-agent.js';
import { awakeTime } from '../support/awake-time.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';
import { scrape, total } from './exposition.js';
import { OtlpReceiver, type SeenSpan } from './otlp-receiver.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${CALLER}-01`;
const NOT_SAMPLED = `00-${TRACE}-${CALLER}-00`;
const KINDS = { internal: 1, server: 2, client: 3 };

let collector: OtlpReceiver;
let provider: ProviderServer;
let gateway: StartedGateway;

beforeEach(async () => {
  collector = await OtlpReceiver.start();
  provider = await ProviderServer.start();
});
afterEach(async () => {
  await gateway.stop();
  await provider.close();
  await collector.close();
});

const traced = (more: Readonly<Record<string, string>> = {}) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...more });
const withModel = () => ({ AGENT_MODEL: wire.model, ...wire.settings(provider.url, 'a-key-of-the-provider') });

const send = (content: string, more: { readonly traceparent?: string; readonly agent?: string; readonly wait?: boolean; readonly sessionId?: string } = {}) => {
  const { traceparent, wait = true, ...fields } = more;
  const headers = { ...(wait ? { prefer: 'wait=30' } : {}), ...(traceparent === undefined ? {} : { traceparent }) };
  return call(gateway, 'POST', '/api/v1/messages', { headers, body: { content, ...fields } });
};

/** The shutdown sends what is recorded, so that no test has to wait for the next batch. */
async function spansOf(traceId: string): Promise<SeenSpan[]> {
  await gateway.app.get(Lifecycle).shutdown();
  return collector.trace(traceId);
}

function tree(spans: readonly SeenSpan[]): Record<string, string> {
  const names = new Map(spans.map((span) => [span.spanId, span.name]));
  return Object.fromEntries(spans.map(({ name, parentSpanId = '' }) => [name, names.get(parentSpanId) ?? parentSpanId]));
}

describe('a trace', () => {
  it("is one from the caller's span to the provider and back, by the GenAI conventions, and holds nothing that was said", async () => {
    gateway = await startGateway({ ...traced({ OTEL_SERVICE_NAME: 'gateway-of-ours' }), ...withModel() });
    const sum = { id: 'c', name: 'calculator', arguments: ['{"expression":', '"6*7"}'] };
    provider.plan(streamed(wire.frames({ calls: [sum] })), streamed(wire.frames({ text: ['It is ', 'forty-two'] })));
    const sent = await send('a question of mine', { traceparent: SAMPLED });
    expect(sent.body).toMatchObject({ status: 'completed', reply: { content: 'It is forty-two' } });
    const spans = await spansOf(TRACE);
    expect(tree(spans)).toEqual({
      'send-message http': CALLER,
      queue: 'send-message http',
      'invoke_agent assistant': 'send-message http',
      'step 1': 'invoke_agent assistant',
      'step 2': 'invoke_agent assistant',
      'chat tiny': 'step 2',
      'execute_tool calculator': 'step 1',
    });
    const span = (name: string) => spans.find((candidate) => candidate.name === name);
    const door = span('send-message http');
    expect(sent.headers.get('traceparent')).toBe(`00-${TRACE}-${door?.spanId}-01`);
    expect(door?.kind).toBe(KINDS.server);
    expect(door?.attributes).toMatchObject({ 'parley.channel': 'http', 'gen_ai.conversation.id': sent.body['sessionId'] });
    const asked = spans.filter(({ name }) => name === 'chat tiny');
    expect(provider.requests.map(({ headers }) => headers['traceparent'])).toEqual(asked.map(({ spanId }) => `00-${TRACE}-${spanId}-01`));
    expect(asked[0]).toMatchObject({
      kind: KINDS.client,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai-compatible',
        'gen_ai.request.model': 'tiny',
        'gen_ai.response.finish_reasons': ['tool-calls'],
        'gen_ai.usage.input_tokens': 11,
        'gen_ai.usage.output_tokens': 7,
      },
    });
    expect(span('execute_tool calculator')?.attributes).toMatchObject({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'calculator' });
    expect(span('invoke_agent assistant')?.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'assistant',
      'gen_ai.usage.input_tokens': 22,
      'parley.turn.state': 'completed',
      'parley.turn.attempt': 1,
    });
    expect(collector.resource).toMatchObject({ 'service.name': 'gateway-of-ours' });
    for (const word of ['a question of mine', 'forty-two', '6*7', 'a-key-of-the-provider']) expect(collector.bodies.join('')).not.toContain(word);
  });

  it('tells of a failure by its code', async () => {
    gateway = await startGateway({ ...traced(), ...withModel() });
    provider.plan((response) => void response.writeHead(401).end('{}'));
    await send('x', { traceparent: SAMPLED });
    const failed = (await spansOf(TRACE)).filter(({ status }) => status.code === 2);
    expect(Object.fromEntries(failed.map(({ name, attributes }) => [name, attributes['error.type']]))).toEqual({
      'invoke_agent assistant': 'provider_auth',
      'chat tiny': 'provider_auth',
    });
    expect(failed).toHaveLength(2);
  });

  it('is not recorded when the caller did not sample it, and the provider is told so', async () => {
    gateway = await startGateway({ ...traced(), ...withModel() });
    provider.plan(streamed(wire.frames({ text: ['well'] })));
    const sent = await send('x', { traceparent: NOT_SAMPLED });
    expect(sent.headers.get('traceparent')).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(provider.requests[0]?.headers['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(await spansOf(TRACE)).toEqual([]);
  });

  it.each([
    [{ OTEL_TRACES_SAMPLER: 'always_on' }, { root: true, notSampled: true, sampled: true }],
    [{ OTEL_TRACES_SAMPLER: 'always_off' }, { root: false, notSampled: false, sampled: false }],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, { root: false, notSampled: false, sampled: true }],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '1.0' }, { root: true, notSampled: false, sampled: true }],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, { root: false, notSampled: false, sampled: false }],
    [{}, { root: true, notSampled: false, sampled: true }],
  ])('is recorded as the sampler says: %j', async (settings, wanted) => {
    gateway = await startGateway(traced(settings));
    const traceOf = async (traceparent?: string) => (await send('/echo x', traceparent === undefined ? {} : { traceparent })).headers.get('traceparent')?.split('-')[1] ?? '';
    const root = await traceOf();
    await traceOf(`00-${'1'.repeat(32)}-${CALLER}-00`);
    await traceOf(`00-${'2'.repeat(32)}-${CALLER}-01`);
    await gateway.app.get(Lifecycle).shutdown();
    const recorded = (traceId: string) => collector.trace(traceId).length > 0;
    expect({ root: recorded(root), notSampled: recorded('1'.repeat(32)), sampled: recorded('2'.repeat(32)) }).toEqual(wanted);
  });

  it('goes on, linked, where a turn begins again in another process', async () => {
    const first = await startGateway({ ...traced(), SHUTDOWN_DRAIN_MS: '300' }, { agents: [deafAgent('slow')] });
    gateway = first;
    await send('x', { traceparent: SAMPLED, agent: 'slow', wait: false });
    await eventually(() => scrape(first), (families) => total(families, 'parley_running_turns') === 1);
    await first.stop({ keepData: true });
    const second = new GatedAgent('slow', '', 'done');
    second.open();
    gateway = await startGateway(traced(), { agents: [second], dataDir: first.dataDir });
    await eventually(() => scrape(gateway), (families) => total(families, 'parley_turns_total', { outcome: 'completed' }) === 1);
    const spans = await spansOf(TRACE);
    const door = spans.find(({ name }) => name === 'send-message http');
    const turns = spans.filter(({ name }) => name === 'invoke_agent slow');
    expect(turns.map(({ attributes }) => [attributes['parley.turn.attempt'], attributes['parley.turn.state']])).toEqual([
      [1, 'queued'],
      [2, 'completed'],
    ]);
    expect(turns.map(({ links }) => links.map(({ spanId }) => spanId))).toEqual([[], [door?.spanId]]);
    expect(new Set(turns.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([door?.spanId]));
  });

  it('holds the delivery of the reply, and its receiver is told the trace', async () => {
    const receiver = await Receiver.open();
    gateway = await startGateway(traced({ ALLOW_LOOPBACK_EGRESS: 'true' }));
    try {
      const session = await call(gateway, 'POST', '/api/v1/sessions', { body: {} });
      const sessionId = String(session.body['id']);
      const put = await call(gateway, 'PUT', `/api/v1/sessions/${sessionId}/callback`, { body: { url: receiver.url() } });
      expect(put.status).toBeLessThan(300);
      await send('/echo out', { traceparent: SAMPLED, sessionId });
      const [got] = await receiver.called(1);
      const spans = await spansOf(TRACE);
      const delivered = spans.find(({ name }) => name === 'deliver callback');
      expect(got?.headers['traceparent']).toBe(`00-${TRACE}-${delivered?.spanId}-01`);
      expect(tree(spans)['deliver callback']).toBe('send-message http');
    } finally {
      await receiver.close();
    }
  });
});

describe('a collector', () => {
  it('is shown its headers', async () => {
    gateway = await startGateway(traced({ OTEL_EXPORTER_OTLP_HEADERS: 'api-key=of%20ours,x-team=a' }));
    await send('/echo x', { traceparent: SAMPLED });
    expect(await spansOf(TRACE)).not.toEqual([]);
    expect(collector.headers[0]).toMatchObject({ 'api-key': 'of ours', 'x-team': 'a' });
  });

  it('that never answers holds up neither turns nor the end of the process, and what waits for it is bounded', async () => {
    collector.answer = 'silence';
    gateway = await startGateway(traced());
    const tracing = gateway.app.get(Tracing);
    for (let begun = 0; begun < 5000; begun += 1) tracing.begin('one of many', { parent: null }).end();
    expect((await send('/echo x')).body).toMatchObject({ status: 'completed' });
    expect(total(await scrape(gateway), 'parley_spans_total', { outcome: 'dropped' })).toBeGreaterThan(2000);
    const sinceAsked = awakeTime();
    const { clean } = await gateway.app.get(Lifecycle).shutdown();
    expect(clean).toBe(true);
    expect(sinceAsked()).toBeLessThan(4000);
  });

  it('that refuses is counted and costs only its traces; when it takes them again, they go there', async () => {
    collector.answer = 400;
    gateway = await startGateway(traced());
    await send('/echo x');
    await eventually(() => scrape(gateway), (families) => total(families, 'parley_spans_total', { outcome: 'failed' }) > 0);
    collector.answer = 200;
    await send('/echo x', { traceparent: SAMPLED });
    expect(await spansOf(TRACE)).not.toEqual([]);
    expect(collector.trace(TRACE).map(({ name }) => name)).toContain('invoke_agent concierge');
  });

  it('is asked for nothing while tracing is off, and a provider is told no trace', async () => {
    gateway = await startGateway(withModel());
    provider.plan(streamed(wire.frames({ text: ['well'] })));
    const sent = await send('x', { traceparent: SAMPLED });
    expect(sent.headers.get('traceparent')).toMatch(new RegExp(`^00-${TRACE}-`));
    expect(provider.requests[0]?.headers['traceparent']).toBeUndefined();
    await gateway.app.get(Lifecycle).shutdown();
    expect(collector.bodies).toEqual([]);
  });
});
