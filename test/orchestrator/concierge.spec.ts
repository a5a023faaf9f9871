import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.js';
import { defaultAgent } from '../../src/orchestrator/default-agent.js';
import { chunks } from '../../src/orchestrator/models/concierge-model.js';
import type { TurnEvent } from '../../src/orchestrator/orchestrator.service.js';
import { SystemClock } from '../../src/runtime/system-clock.js';
import { Road, type Run } from './road.js';

let road: Road;
let ask: (content: string, sessionId?: string) => Promise<Run>;

beforeAll(() => {
  road = new Road();
  const { history, notes } = road.store;
  const agent = defaultAgent({ config: readConfig({}), history, notes, clock: new SystemClock() });
  ask = async (content, sessionId) => road.run(agent, await road.start(content, sessionId));
});
afterAll(() => road.close());

function called(run: Run): Extract<TurnEvent, { type: 'tool-called' }>[] {
  return run.events.filter((event) => event.type === 'tool-called');
}

function finished(run: Run): Extract<TurnEvent, { type: 'tool-finished' }>[] {
  return run.events.filter((event) => event.type === 'tool-finished');
}

function endsInsidePair(text: string): boolean {
  return /[\ud800-\udbff]$/.test(text);
}

describe('the built-in agent', () => {
  it.each([' two  spaces ', 'line\nline\r\n\tend', '😀😀 e\u0301 \u200d', '/echo /echo', '0', ' '.repeat(500)])('answers /echo %j with exactly that', async (text) => {
    const run = await ask(`/echo ${text}`);
    expect(run.text).toBe(text);
    expect(run.events.at(-1)).toMatchObject({ type: 'completed', model: 'local/concierge' });
  });

  it('cuts any text into pieces that join to the same text and never end inside a surrogate pair', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 3000 }), fc.string({ unit: 'grapheme', maxLength: 3000 }), fc.constantFrom('😀'.repeat(9000), ''));
    fc.assert(
      fc.property(text, (given) => {
        const pieces = [...chunks(given)];
        expect(pieces.join('')).toBe(given);
        expect(pieces.length).toBeLessThanOrEqual(Math.max(16, given.length / 4096 + 1));
        expect(pieces.slice(0, -1).some(endsInsidePair)).toBe(false);
      }),
      { numRuns: 400 },
    );
  });

  it('streams a long echo in several pieces', async () => {
    const text = 'word '.repeat(200);
    const run = await ask(`/echo ${text}`);
    expect(run.text).toBe(text);
    expect(run.events.filter((event) => event.type === 'text').length).toBeGreaterThan(4);
  });

  it('answers /help with every setting that connects a model', async () => {
    const { text } = await ask('/help');
    for (const name of ['AGENT_MODEL=openai/', 'AGENT_MODEL=anthropic/', 'AGENT_MODEL=openai-compatible/', 'OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'OPENAI_COMPATIBLE_BASE_URL', 'OPENAI_COMPATIBLE_API_KEY', 'OPENAI_BASE_URL', 'ANTHROPIC_BASE_URL']) {
      expect(text).toContain(name);
    }
  });

  it.each([
    ['what is 2+2*3', '8'],
    ['What is 12*(3+4)?', '84'],
    ['12*(3+4)', '84'],
    ['2 + 2 =', '4'],
    ['how much is 7 times 6?', '42'],
    ["what's 10 divided by 4", '2.5'],
    ['please calculate -3 - 4', '-7'],
    ['2^10', '1024'],
    ['0.1 + 0.2', '0.3'],
    ['can you tell me what 17 % 5 is?', '2'],
    ['3 x 4', '12'],
    ['.5 + .5', '1'],
    ['what is 15% of 80?', '12'],
    ['1,000 + 2,500', '3500'],
  ])('works out %j by the calculator', async (question, result) => {
    const run = await ask(question);
    expect(called(run)).toMatchObject([{ skill: 'calculator' }]);
    expect(finished(run)).toMatchObject([{ outcome: 'ok', output: { result: Number(result) } }]);
    expect(run.text.endsWith(`= ${result}`)).toBe(true);
  });

  it('says why when a sum has no result', async () => {
    const run = await ask('what is 1/0?');
    expect(finished(run)).toMatchObject([{ outcome: 'error' }]);
    expect(run.text).toContain('division by zero');
  });

  it.each(['my number is 555-1234', 'on 2024-01-02 we met', 'I have 3 cats', 'hello', 'what do you think of 4+4 seats?'])('does not take %j for a sum', async (message) => {
    const run = await ask(message);
    expect(called(run)).toEqual([]);
    expect(run.text).toContain('/help');
  });

  it.each(['what time is it?', "What's the time", 'what is the date today?', 'time', 'Do you know what time it is?', 'which day is today?'])('answers %j by the clock', async (question) => {
    const today = () => new Date().toISOString().slice(0, 10);
    const before = today();
    const run = await ask(question);
    expect(called(run)).toMatchObject([{ skill: 'clock', input: {} }]);
    expect([before, today()].some((day) => run.text.includes(day))).toBe(true);
  });

  it('tells the time of a named zone, and that it does not know one', async () => {
    const run = await ask('what time is it in Asia/Tokyo?');
    expect(finished(run)).toMatchObject([{ outcome: 'ok', output: { timeZone: 'Asia/Tokyo' } }]);
    const wrong = await ask('what time is it in Moon/Crater?');
    expect(finished(wrong)).toMatchObject([{ outcome: 'error' }]);
    expect(wrong.text).toContain('Moon/Crater');
  });

  it('keeps notes in their own session', async () => {
    const first = await road.start('note buy milk');
    const { history, notes } = road.store;
    const agent = defaultAgent({ config: readConfig({}), history, notes, clock: new SystemClock() });
    expect((await road.run(agent, first)).text).toBe('Noted: buy milk');
    expect((await ask('remember that 😀 is a face', first.sessionId)).text).toBe('Noted: 😀 is a face');
    expect((await ask('notes', first.sessionId)).text).toBe('1. buy milk\n2. 😀 is a face');
    expect((await ask('show my notes')).text).toContain('no notes');
  });

  it('reads a message of parts as text', async () => {
    const { history, notes } = road.store;
    const agent = defaultAgent({ config: readConfig({}), history, notes, clock: new SystemClock() });
    const turn = await road.start([
      { type: 'text', text: '/echo see' },
      { type: 'file', mediaType: 'image/png', data: 'iVBORw0=', name: 'a.png' },
    ]);
    expect((await road.run(agent, turn)).text).toBe('see\n[a.png]');
  });

  it('answers any message whatever it holds', async () => {
    const message = fc.string({ unit: 'binary', minLength: 1, maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(message, async (content) => {
        expect((await ask(content.toWellFormed())).events.at(-1)?.type).toBe('completed');
      }),
      { numRuns: 60 },
    );
  });
});
