import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailureError, type Failure } from '#libs/contracts';
import type { ProviderDeadlines } from '../../src/orchestrator/providers/provider-model.js';
import { cutAfter, problem, refused, silent, stalledAfter, streamed, streamedInPieces } from '../support/providers/answers.js';
import { ProviderServer } from '../support/providers/provider-server.js';
import { Road, type Run } from './road.js';
import { agentOn, KEY, WIRES } from './wires.js';

let road: Road;
let server: ProviderServer;

beforeEach(async () => {
  road = new Road();
  server = await ProviderServer.start();
});
afterEach(async () => {
  await road.close();
  await server.close();
});

describe.each(WIRES)('a turn with %s', (_name, wire) => {
  const hello = wire.frames({ text: ['Hel', 'lo ', 'wörld 😀'] });

  async function run(content = 'Hi', deadlines: Partial<ProviderDeadlines> = {}, signal?: AbortSignal): Promise<Run> {
    const agent = agentOn(wire, server.url, road, deadlines);
    return road.run(agent, await road.start(content), undefined, signal);
  }

  async function failed(content = 'Hi', deadlines: Partial<ProviderDeadlines> = {}): Promise<Failure> {
    try {
      await run(content, deadlines);
    } catch (error) {
      if (error instanceof FailureError) return error.failure;
      throw error;
    }
    throw new Error('the turn did not fail');
  }

  it('streams the text as it comes and tells model and usage', async () => {
    server.plan(streamed(hello));
    const { events, text } = await run();
    expect(text).toBe('Hello wörld 😀');
    expect(events.filter((event) => event.type === 'text')).toHaveLength(3);
    expect(events.at(-1)).toEqual({ type: 'completed', model: wire.model, usage: { inputTokens: 11, outputTokens: 7 } });
  });

  it('goes to the right address with the key and asks for a stream', async () => {
    server.plan(streamed(hello));
    await run('What now?');
    const { path, headers, body } = await server.request(0);
    expect(path).toBe(wire.path);
    expect(headers[wire.keyHeader.name]).toBe(wire.keyHeader.value(KEY));
    expect(body).toMatchObject({ stream: true, model: wire.model.split('/')[1] });
    expect(JSON.stringify(body[wire.conversation])).toContain('What now?');
    expect(JSON.stringify(body['tools'])).toContain('calculator');
  });

  it('reads text whose characters are split over the network', async () => {
    server.plan(streamedInPieces(hello, 1), streamedInPieces(hello, 7));
    expect((await run()).text).toBe('Hello wörld 😀');
    expect((await run()).text).toBe('Hello wörld 😀');
  });

  it('calls the skill the model asks for, tells it the result and goes on', async () => {
    const calls = [{ id: 'call_a', name: 'calculator', arguments: ['{"expr', 'ession":"6*', '7"}'] }];
    server.plan(streamed(wire.frames({ text: ['Let me see. '], calls })), streamed(wire.frames({ text: ['It is 42.'] })));
    const { events, text } = await run('6*7?');
    expect(text).toBe('Let me see. It is 42.');
    const callId = expect.stringMatching(/-1$/);
    expect(events.filter((event) => event.type !== 'text')).toEqual([
      { type: 'step-settled' },
      { type: 'tool-called', callId, skill: 'calculator', input: { expression: '6*7' } },
      { type: 'tool-finished', callId, outcome: 'ok', output: { result: 42 } },
      { type: 'completed', model: wire.model, usage: { inputTokens: 22, outputTokens: 14 } },
    ]);
    const told = JSON.stringify((await server.request(1)).body[wire.conversation]);
    expect(told).toContain('Let me see.');
    expect(told).toMatch(/\\*"result\\*":42/);
  });

  it('makes several calls of one answer one after the other', async () => {
    const calls = ['1+1', '2+2'].map((expression, index) => ({ id: `call_${index}`, name: 'calculator', arguments: [JSON.stringify({ expression })] }));
    server.plan(streamed(wire.frames({ calls })), streamed(wire.frames({ text: ['2 and 4'] })));
    const { events } = await run();
    expect(events.map((event) => event.type)).toEqual(['step-settled', 'tool-called', 'tool-finished', 'tool-called', 'tool-finished', 'text', 'completed']);
  });

  it('tells the model of wrong input and of a skill that is not there', async () => {
    const calls = [
      { id: 'call_a', name: 'calculator', arguments: ['{"expression":7}'] },
      { id: 'call_b', name: 'shell', arguments: ['{"command":"rm"}'] },
    ];
    server.plan(streamed(wire.frames({ calls })), streamed(wire.frames({ text: ['Sorry.'] })));
    const { events, text } = await run();
    expect(text).toBe('Sorry.');
    expect(events.filter((event) => event.type === 'tool-finished')).toMatchObject([{ outcome: 'error' }, { outcome: 'denied' }]);
    expect(JSON.stringify((await server.request(1)).body[wire.conversation])).toContain('no skill named shell');
  });

  it('tells the model what was said before in the session', async () => {
    server.plan(streamed(wire.frames({ text: ['I am well.'] })), streamed(hello));
    const agent = agentOn(wire, server.url, road);
    const first = await road.start('How are you?');
    await road.run(agent, first);
    await road.run(agent, await road.start('And now?', first.sessionId));
    const told = JSON.stringify((await server.request(1)).body[wire.conversation]);
    expect(told.indexOf('How are you?')).toBeGreaterThan(0);
    expect(told.indexOf('I am well.')).toBeGreaterThan(told.indexOf('How are you?'));
    expect(told.indexOf('And now?')).toBeGreaterThan(told.indexOf('I am well.'));
  });

  it('fails with provider_error when the connection is cut in the middle, and does not ask again', async () => {
    server.plan(cutAfter(hello.slice(0, -3)));
    expect((await failed()).code).toBe('provider_error');
    expect(server.requests).toHaveLength(1);
  });

  it('fails with provider_error when the answer ends before its end', async () => {
    server.plan(streamed(hello.slice(0, -3)));
    expect((await failed()).code).toBe('provider_error');
  });

  it('fails with provider_error at a malformed chunk', async () => {
    server.plan(streamed([...hello.slice(0, 4), 'data: {"half": \n\n', ...hello.slice(4)]));
    expect((await failed()).code).toBe('provider_error');
    expect(server.requests).toHaveLength(1);
  });

  it('fails with provider_error when an answer of 200 is no stream but an error or a page', async () => {
    server.plan(problem(200, wire.errorBody('out of luck')), streamed(['<p>Sign in</p>']));
    for (let asked = 1; asked <= 2; asked += 1) {
      expect((await failed()).code).toBe('provider_error');
      expect(server.requests).toHaveLength(asked);
    }
  });

  it('fails with provider_error at an event that does not end, and does not ask again', async () => {
    server.plan(streamed([...hello.slice(0, -3), `data: ${'x'.repeat(9 * 1024 * 1024)}`]));
    expect((await failed()).code).toBe('provider_error');
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['rate-limit', 'provider_rate_limited'],
    ['server', 'provider_error'],
  ] as const)('understands a %s error that is told in the middle of an answer', async (kind, code) => {
    server.plan(streamed([...hello.slice(0, -3), wire.errorFrame(kind, 'out of luck')]));
    expect(await failed()).toMatchObject({ code, detail: expect.stringContaining('out of luck') });
    expect(server.requests).toHaveLength(1);
  });

  it('fails with timeout when the answer stalls, and hangs up', async () => {
    server.plan(stalledAfter(hello.slice(0, -3)));
    expect((await failed('Hi', { stallMs: 1000 })).code).toBe('timeout');
    await (await server.request(0)).hungUp;
  });

  it('gives a model that thinks more time than an answer that stalls', async () => {
    server.plan(stalledAfter(wire.thinking()), stalledAfter(hello.slice(0, -3)));
    expect((await failed('Hi', { thinkMs: 1000, stallMs: 60_000 })).detail).toContain('sent nothing for 1000 ms');
    expect((await failed('Hi', { thinkMs: 60_000, stallMs: 1000 })).detail).toContain('sent nothing for 1000 ms');
    expect(server.requests).toHaveLength(2);
  });

  it('fails with timeout when no answer begins, and hangs up', async () => {
    server.plan(silent);
    expect((await failed('Hi', { answerMs: 1000 })).code).toBe('timeout');
    await (await server.request(0)).hungUp;
  });

  it('fails with content_blocked when the provider filters the answer', async () => {
    server.plan(streamed(wire.frames({ text: ['I'], end: 'content-filter' })));
    expect((await failed()).code).toBe('content_blocked');
  });

  it.each([401, 403])('fails with provider_auth at %d, at once and without telling the key', async (status) => {
    server.plan(problem(status, wire.errorBody(`Incorrect API key provided: ${KEY}.`)));
    const failure = await failed();
    expect(failure.code).toBe('provider_auth');
    expect(JSON.stringify(failure)).not.toContain('SECRET');
  });

  it('asks again after 429, as long as the provider says, and answers', async () => {
    server.plan(problem(429, wire.errorBody('slow down'), { 'retry-after': '0' }), streamed(hello));
    expect((await run()).text).toBe('Hello wörld 😀');
  });

  it('fails with provider_rate_limited when the provider wants a longer wait than a turn has', async () => {
    server.plan(problem(429, wire.errorBody('slow down'), { 'retry-after': '60' }));
    expect(await failed()).toMatchObject({ code: 'provider_rate_limited', retryAfterMs: 60_000 });
    expect(server.requests).toHaveLength(1);
  });

  it('asks three times in all when the provider keeps failing, then fails with provider_error', async () => {
    const failing = problem(500, wire.errorBody(`boom ${KEY} https://user:pass@host/`), { 'retry-after-ms': '5' });
    server.plan(failing, failing, failing);
    const failure = await failed();
    expect(failure.code).toBe('provider_error');
    expect(failure.detail).toContain('boom');
    expect(failure.detail).not.toMatch(/SECRET|user:pass/);
    expect(server.requests).toHaveLength(3);
  });

  it('asks again when the connection is cut before the answer', async () => {
    server.plan(refused, streamed(hello));
    expect((await run()).text).toBe('Hello wörld 😀');
  });

  it('fails with execution_failed when the provider refuses the request as such', async () => {
    server.plan(problem(404, wire.errorBody('no such model')));
    expect(await failed()).toMatchObject({ code: 'execution_failed', detail: expect.stringContaining('no such model') });
  });

  it('hangs up when the turn is aborted', async () => {
    const stop = new AbortController();
    server.plan(stalledAfter(hello.slice(0, -3)));
    const running = run('Hi', {}, stop.signal);
    const request = await server.request(0);
    stop.abort(new Error('cancelled by the user'));
    await expect(running).rejects.toThrow('cancelled by the user');
    await request.hungUp;
  });

  it('hangs up when nobody pulls any more', async () => {
    server.plan(stalledAfter(hello.slice(0, -3)));
    const agent = agentOn(wire, server.url, road);
    await road.run(agent, await road.start('Hi'), (event) => event.type === 'text');
    await (await server.request(0)).hungUp;
  });
});
