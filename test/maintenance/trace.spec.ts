import { afterEach, describe, expect, it } from 'vitest';
import { ParleyClient } from '#libs/client';
import type { Trace } from '#libs/contracts';
import { trace } from '../../src/cli/commands/trace.js';
import { GatedAgent, ScriptedAgent, echoAgent } from '../support/scripted-agent.js';
import { ADMIN_KEY, startGateway, type StartedGateway } from '../support/start-gateway.js';
import { runCommand } from './cli-invocation.js';

let gateway: StartedGateway | null = null;

afterEach(async () => {
  await gateway?.stop();
  gateway = null;
});

async function start(agents: ScriptedAgent[], dataDir?: string): Promise<ParleyClient> {
  gateway = await startGateway({}, { agents, ...(dataDir === undefined ? {} : { dataDir }) });
  return new ParleyClient({ url: gateway.url, apiKey: ADMIN_KEY });
}

const stepsOf = (told: Trace) => told.steps.map(({ step }) => step);

describe('the life of a message', () => {
  it('tells each step with its time, and nothing of what was said', async () => {
    const parley = await start([]);
    const { messageId, turnId, sessionId } = await parley.send({ content: 'what is 12 + 30?' }, { waitSeconds: 30 });
    const told = await parley.trace(messageId);
    expect(told).toMatchObject({ messageId, turnId, sessionId, status: 'completed' });
    expect(stepsOf(told)).toEqual(['accepted', 'started', 'tool-called', 'tool-finished', 'completed']);
    expect(told.steps[0]).toMatchObject({ detail: 'by http from key admin', sinceMs: 0 });
    expect(told.steps[1]).toMatchObject({ detail: 'concierge, attempt 1' });
    expect(told.steps[3]).toMatchObject({ detail: 'ok' });
    const times = told.steps.map(({ at }) => Date.parse(at));
    expect(told.steps.map(({ sinceMs }) => sinceMs)).toEqual(times.map((at, index) => at - (times[index - 1] ?? at)));
    expect(JSON.stringify(told)).not.toContain('12 + 30');
  });

  it('says why it waited and who ended it', async () => {
    const gated = new GatedAgent('gated', 'begun', 'done');
    const parley = await start([gated, echoAgent()]);
    const first = await parley.send({ content: 'first', agent: 'gated' });
    const waits = await parley.send({ sessionId: first.sessionId, content: 'second', agent: 'echo' });
    const stopped = await parley.send({ sessionId: first.sessionId, content: 'third', agent: 'echo' });
    await parley.cancelMessage(stopped.messageId);
    const waiting = await parley.trace(waits.messageId);
    expect(stepsOf(waiting)).toEqual(['accepted', 'queued']);
    expect(waiting.steps[1]).toMatchObject({ reason: 'another turn of the session was not done' });
    expect((await parley.trace(stopped.messageId)).steps[1]).toMatchObject({ reason: 'another turn of the session was not done' });
    expect((await parley.trace(stopped.messageId)).steps.at(-1)).toMatchObject({ step: 'cancelled', detail: 'by key admin' });
    gated.open();
    await parley.send({ sessionId: first.sessionId, content: 'last', agent: 'echo' }, { waitSeconds: 30 });
    const told = await parley.trace(waits.messageId);
    expect(stepsOf(told)).toEqual(['accepted', 'queued', 'started', 'completed']);
    expect(told.steps[1]).toMatchObject({ reason: 'another turn of the session was not done' });
  });

  it('says so however much was said and taken back behind the turn it waits for', async () => {
    const gated = new GatedAgent('gated', 'begun', 'done');
    const parley = await start([gated, echoAgent()]);
    const { sessionId } = await parley.send({ content: 'first', agent: 'gated' });
    for (let taken = 0; taken < 60; taken += 1) {
      const { messageId } = await parley.send({ sessionId, content: 'taken back', agent: 'echo' });
      await parley.cancelMessage(messageId);
    }
    const waits = await parley.send({ sessionId, content: 'waits', agent: 'echo' });
    expect(waits.seq).toBeGreaterThan(102);
    expect((await parley.trace(waits.messageId)).steps[1]).toMatchObject({ step: 'queued', reason: 'another turn of the session was not done' });
    gated.open();
    await parley.send({ sessionId, content: 'last', agent: 'echo' }, { waitSeconds: 30 });
  });

  it('tells each attempt and why there was another', async () => {
    const parley = await start([new GatedAgent('echo', 'begun', 'never')]);
    const { messageId, sessionId } = await parley.send({ content: 'over a restart', agent: 'echo' });
    const dataDir = gateway?.dataDir ?? '';
    await gateway?.stop({ keepData: true });
    const again = await start([echoAgent()], dataDir);
    await again.send({ sessionId, content: 'behind', agent: 'echo' }, { waitSeconds: 30 });
    const told = await again.trace(messageId);
    expect(stepsOf(told)).toEqual(['accepted', 'started', 'started', 'completed']);
    expect(told.steps[2]).toMatchObject({ detail: 'echo, attempt 2', reason: expect.stringContaining('attempt 1 was cut off') });
  });

  it('is told of own messages, and of all with sessions:read', async () => {
    const parley = await start([echoAgent()]);
    const { messageId } = await parley.send({ content: 'mine', agent: 'echo' }, { waitSeconds: 30 });
    const as = async (scopes: ('messages' | 'sessions:read' | 'tickets')[]) => {
      const { key } = await parley.createKey({ name: 'other', scopes });
      return new ParleyClient({ url: gateway?.url ?? '', apiKey: key });
    };
    expect((await (await as(['sessions:read'])).trace(messageId)).messageId).toBe(messageId);
    await expect((await as(['messages'])).trace(messageId)).rejects.toMatchObject({ problem: { code: 'not_found' } });
    await expect((await as(['tickets'])).trace(messageId)).rejects.toMatchObject({ problem: { code: 'permission_denied' } });
    await expect(parley.trace('no-id')).rejects.toMatchObject({ problem: { code: 'not_found' } });
  });

  it('parley trace prints a line for each step, or JSON', async () => {
    const parley = await start([echoAgent()]);
    const { messageId } = await parley.send({ content: 'mine', agent: 'echo' }, { waitSeconds: 30 });
    const env = { PARLEY_URL: gateway?.url ?? '', PARLEY_API_KEY: ADMIN_KEY };
    const { code, stdout } = await runCommand(trace, [messageId], env);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^TIME +AFTER +STEP +WHAT$/);
    expect(lines[1]).toMatch(/^\d{4}-\S+Z +\+0 ms +accepted +by http from key admin$/);
    expect(lines.at(-1)).toMatch(/^completed, turn \S+ in session \S+$/);
    expect(JSON.parse((await runCommand(trace, [messageId, '--json'], env)).stdout)).toEqual(await parley.trace(messageId));
  });
});
