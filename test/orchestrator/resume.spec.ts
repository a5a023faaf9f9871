import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../src/config/config.js';
import { ModelAgent } from '../../src/orchestrator/agents/model-agent.js';
import type { Model } from '../../src/orchestrator/models/model.js';
import type { TurnEvent } from '../../src/orchestrator/orchestrator.service.js';
import { providerModel } from '../../src/orchestrator/providers/provider-models.js';
import { defineSkill } from '../../src/orchestrator/skills/skill.js';
import { streamed } from '../support/providers/answers.js';
import { chatCompletionsWire as wire } from '../support/providers/chat-completions.wire.js';
import { ProviderServer, type ProviderAnswer } from '../support/providers/provider-server.js';
import { Road } from './road.js';

let road: Road;
let server: ProviderServer;
/** Every call of the skill `pay`, by the key it came under. */
let paid: string[];

beforeEach(async () => {
  road = new Road();
  server = await ProviderServer.start();
  paid = [];
});
afterEach(async () => {
  await road.close();
  await server.close();
});

const PAY = [
  { text: ['First. '], calls: [{ id: 'x', name: 'pay', arguments: ['{"to":"ann"}'] }] },
  { text: ['Then. '], calls: [{ id: 'x', name: 'pay', arguments: ['{"to":"bob"}'] }] },
  { text: ['Done.'] },
];

/** Says what follows the tool results that the request already holds, as a model that reads its prompt does. */
const payTwice: ProviderAnswer = (response, request) => {
  const messages = z.array(z.object({ role: z.string() })).parse(request.body['messages']);
  const results = messages.filter((message) => message.role === 'tool').length;
  return streamed(wire.frames(PAY[results] ?? {}))(response, request);
};

function payingAgent(idempotent: boolean): ModelAgent {
  const model: Model | null = providerModel(readConfig({ AGENT_MODEL: wire.model, ...wire.settings(server.url, 'k') }).settings);
  if (model === null) throw new Error('no model');
  const pay = defineSkill({
    name: 'pay',
    description: 'Pays somebody.',
    input: z.strictObject({ to: z.string() }),
    idempotent,
    run: ({ to }, { idempotencyKey }) => {
      paid.push(idempotencyKey);
      return { outcome: 'ok', output: { paid: to } };
    },
  });
  return new ModelAgent({ name: 'assistant', model, instructions: null, skills: [pay], historyTokens: 0, files: 'parts' }, road.store.history);
}

function nth(type: TurnEvent['type'], number: number): (event: TurnEvent) => boolean {
  let seen = 0;
  return (event) => event.type === type && ++seen === number;
}

describe('a turn that was cut off', () => {
  it('does not make a finished call again and keeps what it had said', async () => {
    server.always(payTwice);
    const turn = await road.start('pay both');
    await road.run(payingAgent(false), turn, nth('tool-finished', 1));
    const { events, text } = await road.run(payingAgent(false), await road.restart(turn));
    expect(text).toBe('First. Then. Done.');
    expect(events.slice(0, 2)).toEqual([{ type: 'text', text: 'First. ' }, { type: 'step-settled' }]);
    expect(paid).toEqual([`${turn.turnId}:1`, `${turn.turnId}:2`]);
    const told = JSON.stringify((await server.request(1)).body['messages']);
    expect(told).toContain('First. ');
    expect(told).toContain('\\"paid\\":\\"ann\\"');
    expect(server.requests).toHaveLength(3);
  });

  it('makes a call of unknown end again under the same key and id, when its skill allows it', async () => {
    server.always(payTwice);
    const turn = await road.start('pay both');
    const first = await road.run(payingAgent(true), turn, nth('tool-called', 1));
    const { events, text } = await road.run(payingAgent(true), await road.restart(turn));
    const callId = first.events.flatMap((event) => (event.type === 'tool-called' ? [event.callId] : []))[0];
    expect(events.filter((event) => event.type === 'tool-called')).toHaveLength(1);
    expect(events.find((event) => event.type === 'tool-finished')).toMatchObject({ callId, outcome: 'ok' });
    expect(paid).toEqual([`${turn.turnId}:1`, `${turn.turnId}:2`]);
    expect(text).toBe('First. Then. Done.');
  });

  it('fails rather than repeat a call that may have happened', async () => {
    server.always(payTwice);
    const turn = await road.start('pay both');
    await road.run(payingAgent(false), turn, nth('tool-called', 1));
    const again = road.run(payingAgent(false), await road.restart(turn));
    await expect(again).rejects.toMatchObject({ failure: { code: 'execution_failed', detail: expect.stringContaining('may have happened') } });
    expect(paid).toEqual([]);
  });

  it('has its steps left after a step of many calls', async () => {
    const call = { id: 'x', name: 'pay', arguments: ['{"to":"ann"}'] };
    server.plan(streamed(wire.frames({ calls: Array.from({ length: 12 }, () => call) })), streamed(wire.frames({ calls: [call] })), streamed(wire.frames({ text: ['Done.'] })));
    const turn = await road.start('pay all');
    await road.run(payingAgent(false), turn, nth('tool-finished', 12));
    const { text } = await road.run(payingAgent(false), await road.restart(turn));
    expect(text).toBe('Done.');
    expect(paid).toHaveLength(13);
  });

  it('asks from the beginning when it had only talked', async () => {
    server.always(payTwice);
    const turn = await road.start('pay both');
    await road.run(payingAgent(false), turn, nth('text', 1));
    const { text } = await road.run(payingAgent(false), await road.restart(turn));
    expect(text).toBe('First. Then. Done.');
    expect(paid).toHaveLength(2);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('says the same and pays each under one key when it is cut off after event %d, and perhaps once more', async (cut) => {
    server.always(payTwice);
    for (const cuts of [[cut], [cut, 1], [cut, 2], [cut, 3]]) {
      paid = [];
      let turn = await road.start('pay both');
      for (const stop of cuts) {
        let seen = 0;
        await road.run(payingAgent(true), turn, () => ++seen === stop);
        turn = await road.restart(turn);
      }
      const { text, events } = await road.run(payingAgent(true), turn);
      expect(text).toBe('First. Then. Done.');
      expect(events.at(-1)?.type).toBe('completed');
      expect(new Set(paid)).toEqual(new Set([`${turn.turnId}:1`, `${turn.turnId}:2`]));
    }
  });
});
