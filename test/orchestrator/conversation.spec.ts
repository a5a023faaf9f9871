import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { History, Utterance } from '#libs/ports';
import { readConfig } from '../../src/config/config.js';
import { readConversation } from '../../src/orchestrator/agents/conversation.js';
import { defaultAgent } from '../../src/orchestrator/default-agent.js';
import { SystemClock } from '../../src/runtime/system-clock.js';
import { Road } from './road.js';

/** The place of a message that comes after all that was said. */
const LATER = 1_000_000;

let road: Road;

beforeEach(() => {
  road = new Road();
});
afterEach(() => road.close());

/** A session in which `texts` were said and echoed. */
async function sessionOf(texts: readonly string[]): Promise<string> {
  const { history, notes } = road.store;
  const agent = defaultAgent({ config: readConfig({}), history, notes, clock: new SystemClock() });
  let sessionId: string | undefined;
  for (const text of texts) {
    const turn = await road.start(`/echo ${text}`, sessionId);
    sessionId = turn.sessionId;
    await road.run(agent, turn);
  }
  if (sessionId === undefined) throw new Error('nothing was said');
  return sessionId;
}

function read(sessionId: string, tokens: number): Promise<readonly Utterance[]> {
  return readConversation(road.store.history, sessionId, LATER, tokens);
}

describe('what a model is told of the session', () => {
  it('is everything, oldest first, when it fits', async () => {
    const sessionId = await sessionOf(['one', 'two']);
    const told = await read(sessionId, 1000);
    expect(told.map(({ role, content }) => [role, content])).toEqual([
      ['user', '/echo one'],
      ['assistant', 'one'],
      ['user', '/echo two'],
      ['assistant', 'two'],
    ]);
  });

  it('is the newest that fits, and begins with the user', async () => {
    const sessionId = await sessionOf(Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(390)}`));
    const told = await read(sessionId, 1000);
    expect(told[0]?.role).toBe('user');
    expect(told.at(-1)?.content).toMatch(/^99 x/);
    const characters = told.reduce((sum, { content }) => sum + content.length, 0);
    expect(characters).toBeLessThanOrEqual(4000);
    expect(characters).toBeGreaterThan(2800);
  });

  it('is nothing when the newest alone does not fit', async () => {
    const sessionId = await sessionOf(['y'.repeat(5000)]);
    expect(await read(sessionId, 100)).toEqual([]);
  });

  it('has the replies to messages before its own, and not the messages that wait behind it', async () => {
    const { history, notes } = road.store;
    const agent = defaultAgent({ config: readConfig({}), history, notes, clock: new SystemClock() });
    const first = await road.start('/echo one');
    await road.queue('/echo two', first.sessionId);
    await road.queue('/echo three', first.sessionId);
    await road.run(agent, first);
    const second = await road.next(first.sessionId);
    const told = await readConversation(history, second.sessionId, second.acceptedSeq, 1000);
    expect(told.map(({ content }) => content)).toEqual(['/echo one', 'one']);
  });

  it('is read in as many pages of a long session as of a short one', async () => {
    const short = await sessionOf(Array.from({ length: 100 }, () => 'z'.repeat(200)));
    const long = await sessionOf(Array.from({ length: 600 }, () => 'z'.repeat(200)));
    const cost = async (sessionId: string): Promise<number> => {
      const reads = road.store.history.conversation.bind(road.store.history);
      let rows = 0;
      const counting: Pick<History, 'conversation'> = {
        conversation: async (...page) => {
          const utterances = await reads(...page);
          rows += utterances.length;
          return utterances;
        },
      };
      await readConversation(counting, sessionId, LATER, 4000);
      return rows;
    };
    expect(await cost(long)).toBe(await cost(short));
  });
});
