import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../src/config/config.js';
import { ModelAgent } from '../../src/orchestrator/agents/model-agent.js';
import { providerModel } from '../../src/orchestrator/providers/provider-models.js';
import { defineSkill, type Skill, type SkillContext, type SkillResult } from '../../src/orchestrator/skills/skill.js';
import { SkillRunner } from '../../src/orchestrator/skills/skill-runner.js';
import { streamed } from '../support/providers/answers.js';
import { chatCompletionsWire as wire } from '../support/providers/chat-completions.wire.js';
import { ProviderServer } from '../support/providers/provider-server.js';
import { Road } from './road.js';

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

function agentWith(...skills: Skill[]): ModelAgent {
  const model = providerModel(readConfig({ AGENT_MODEL: wire.model, ...wire.settings(server.url, 'k') }).settings);
  if (model === null) throw new Error('no model');
  return new ModelAgent({ name: 'assistant', model, instructions: null, skills, historyTokens: 0, files: 'parts' }, road.store.history);
}

function skill(run: (context: SkillContext) => SkillResult | Promise<SkillResult>): Skill {
  return defineSkill({ name: 'work', description: 'Works.', input: z.looseObject({}), idempotent: false, run: (_input, context) => run(context) });
}

const WORK = wire.frames({ calls: [{ id: 'x', name: 'work', arguments: ['{}'] }] });

describe('the steps of a turn', () => {
  it('fails when the model never comes to an end, after eight steps', async () => {
    let calls = 0;
    server.always(streamed(WORK));
    const agent = agentWith(skill(() => ({ outcome: 'ok', output: (calls += 1) })));
    await expect(road.run(agent, await road.start('go'))).rejects.toMatchObject({ failure: { code: 'execution_failed' } });
    expect(calls).toBe(8);
    expect(server.requests).toHaveLength(8);
  });

  it('stands in the journal before the skill runs', async () => {
    server.plan(streamed(WORK), streamed(wire.frames({ text: ['done'] })));
    const turn = await road.start('go');
    let journal: string[] = [];
    const agent = agentWith(
      skill(async () => {
        journal = (await road.store.history.turnEvents(turn.turnId)).map((frame) => frame.type);
        return { outcome: 'ok', output: null };
      }),
    );
    await road.run(agent, turn);
    expect(journal).toEqual(['message-accepted', 'turn-started', 'tool-called']);
  });

  it('bounds what a skill may tell', async () => {
    server.plan(streamed(WORK), streamed(wire.frames({ text: ['done'] })));
    const agent = agentWith(skill(() => ({ outcome: 'ok', output: 'x'.repeat(1_000_000) })));
    const { events } = await road.run(agent, await road.start('go'));
    const finished = events.find((event) => event.type === 'tool-finished');
    expect(finished).toMatchObject({ outcome: 'ok', output: { truncated: true } });
    expect(JSON.stringify(finished).length).toBeLessThan(34 * 1024);
    expect(JSON.stringify((await server.request(1)).body).length).toBeLessThan(40 * 1024);
  });

  it('tells the model that a skill broke, without its inner message', async () => {
    server.plan(streamed(WORK), streamed(wire.frames({ text: ['sorry'] })));
    const agent = agentWith(
      skill(() => {
        throw new RangeError('password is hunter2');
      }),
    );
    const { events, text } = await road.run(agent, await road.start('go'));
    expect(text).toBe('sorry');
    expect(events.find((event) => event.type === 'tool-finished')).toMatchObject({ outcome: 'error' });
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });

  it('stops at once when the turn is aborted during a skill, and the skill hears of it', async () => {
    server.plan(streamed(WORK));
    const stop = new AbortController();
    const heard = Promise.withResolvers<void>();
    const agent = agentWith(
      skill(({ signal }) => {
        signal.addEventListener('abort', () => heard.resolve());
        stop.abort(new Error('cancelled'));
        return new Promise(() => undefined);
      }),
    );
    await expect(road.run(agent, await road.start('go'), undefined, stop.signal)).rejects.toThrow('cancelled');
    await heard.promise;
  });

  it('leaves a skill behind that does not answer in time', async () => {
    const turn = await road.start('go');
    const runner = new SkillRunner([skill(() => new Promise(() => undefined))], 50);
    const result = await runner.run('work', {}, 1, turn, new AbortController().signal);
    expect(result).toMatchObject({ outcome: 'error', output: { error: expect.stringContaining('50 ms') } });
  });

  it('passes arguments that are no JSON on as malformed', async () => {
    const broken = wire.frames({ calls: [{ id: 'x', name: 'work', arguments: ['{"a":'] }] });
    server.plan(streamed(broken), streamed(wire.frames({ text: ['done'] })));
    const agent = agentWith(skill(() => ({ outcome: 'ok', output: null })));
    const { events } = await road.run(agent, await road.start('go'));
    expect(events.find((event) => event.type === 'tool-called')).toMatchObject({ input: { malformed: '{"a":' } });
  });

  it.each([
    ['nested too deep', `{"a":${'['.repeat(6000)}${']'.repeat(6000)}}`, 'nested deeper than 64 levels'],
    ['too long', JSON.stringify({ a: 'x'.repeat(40_000) }), 'longer than 32768 characters'],
  ])('passes arguments that are %s on as malformed, and tells the model', async (_what, given, malformed) => {
    server.plan(streamed(wire.frames({ calls: [{ id: 'x', name: 'work', arguments: [given] }] })), streamed(wire.frames({ text: ['done'] })));
    const { events, text } = await road.run(agentWith(skill(() => ({ outcome: 'ok', output: null }))), await road.start('go'));
    expect(events.find((event) => event.type === 'tool-called')).toMatchObject({ input: { malformed } });
    expect(text).toBe('done');
  });

  it('makes each call of one answer under an id of its own, also where the provider gives one id twice', async () => {
    const call = { id: 'x', name: 'work', arguments: ['{}'] };
    server.plan(streamed(wire.frames({ calls: [call, call] })), streamed(wire.frames({ text: ['done'] })));
    const turn = await road.start('go');
    const { events } = await road.run(agentWith(skill(() => ({ outcome: 'ok', output: null }))), turn);
    const ids = events.flatMap((event) => (event.type === 'tool-called' ? [event.callId] : []));
    expect(ids).toEqual([`${turn.turnId}-1`, `${turn.turnId}-2`]);
  });

  it('bounds the name of a skill that there is not', async () => {
    server.plan(streamed(wire.frames({ calls: [{ id: 'x', name: 'n'.repeat(100_000), arguments: ['{}'] }] })), streamed(wire.frames({ text: ['done'] })));
    const { events } = await road.run(agentWith(), await road.start('go'));
    expect(events.find((event) => event.type === 'tool-called')).toMatchObject({ skill: 'n'.repeat(128) });
    expect(events.find((event) => event.type === 'tool-finished')).toMatchObject({ outcome: 'denied' });
  });

  it('fails when the model writes arguments without end', async () => {
    const pieces = Array.from({ length: 20 }, () => 'x'.repeat(64 * 1024));
    server.plan(streamed(wire.frames({ calls: [{ id: 'x', name: 'work', arguments: pieces }] })));
    await expect(road.run(agentWith(), await road.start('go'))).rejects.toMatchObject({ failure: { code: 'execution_failed' } });
  });

  it.each([
    [{ prompt_tokens: -5, completion_tokens: 2.5 }, { inputTokens: 0, outputTokens: 3 }],
    [{ prompt_tokens: 1e300, completion_tokens: 7 }, { inputTokens: 1_000_000_000, outputTokens: 7 }],
    [{ prompt_tokens: null }, { inputTokens: 0, outputTokens: 0 }],
    [undefined, { inputTokens: 0, outputTokens: 0 }],
  ])('tells of a usage of %j only what may be true', async (usage, told) => {
    const frame = (data: object): string => `data: ${JSON.stringify({ id: 'c', created: 1, model: 'm', ...data })}\n\n`;
    server.plan(streamed([frame({ choices: [{ index: 0, delta: { content: 'hi' } }] }), frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage })]));
    const { events } = await road.run(agentWith(), await road.start('go'));
    expect(events.at(-1)).toMatchObject({ type: 'completed', usage: told });
  });

  it('never ends a piece of text inside a surrogate pair, even where the provider does', async () => {
    server.plan(streamed(wire.frames({ text: ['a\ud83d', '\ude00b'] })));
    const { events } = await road.run(agentWith(), await road.start('go'));
    expect(events.filter((event) => event.type === 'text')).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: '😀b' },
    ]);
  });

  it('says so when the model cannot take a file', async () => {
    const turn = await road.start([{ type: 'file', mediaType: 'application/zip', data: 'UEsDBA==' }]);
    await expect(road.run(agentWith(), turn)).rejects.toMatchObject({ failure: { code: 'execution_failed' } });
  });

  it('hands files to the model', async () => {
    server.plan(streamed(wire.frames({ text: ['A cat.'] })));
    const png = 'iVBORw0KGgo=';
    const turn = await road.start([
      { type: 'text', text: 'What is this?' },
      { type: 'file', mediaType: 'image/png', data: png, name: 'a.png' },
      { type: 'file', mediaType: 'image/png', url: 'https://example.com/b.png' },
    ]);
    await road.run(agentWith(), turn);
    const told = JSON.stringify((await server.request(0)).body['messages']);
    expect(told).toContain(`data:image/png;base64,${png}`);
    expect(told).toContain('https://example.com/b.png');
  });
});
