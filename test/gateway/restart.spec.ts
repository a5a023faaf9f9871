import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { Gateway } from '#libs/channel-sdk';
import { ended, follow, send } from '../support/callers.js';
import { Listener } from '../support/listener.js';
import { COMPLETED, deafAgent, echoAgent, GatedAgent, ScriptedAgent } from '../support/scripted-agent.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

let started: StartedGateway | null = null;

afterEach(async () => {
  await started?.stop();
  started = null;
});

describe('after a restart', () => {
  it('what waited and what ran is taken up again, in order, and ends once', async () => {
    const before = await startGateway({ SHUTDOWN_DRAIN_MS: '100' }, { agents: [new GatedAgent('worker', 'half', '')] });
    const gateway = before.app.get(Gateway);
    const listener = new Listener();
    const first = await send(gateway, { content: 'one', agent: 'worker' }, listener);
    await send(gateway, { content: 'two', agent: 'worker', sessionId: first.accepted.sessionId });
    await listener.heard((event) => event.type === 'text-delta');
    await before.stop({ keepData: true });

    const agent = echoAgent('worker');
    started = await startGateway({}, { agents: [agent], dataDir: before.dataDir });
    const later = new Listener();
    await follow(started.app.get(Gateway), first.accepted.sessionId, later, 0);
    await later.heard((event) => event.type === 'turn-completed' && event.content === 'two');
    expect(agent.turns.map(({ content, attempt }) => [content, attempt])).toEqual([
      ['one', 2],
      ['two', 1],
    ]);
    expect(later.types.filter((type) => type !== 'text-delta')).toEqual([
      'message-accepted',
      'turn-started',
      'message-accepted',
      'turn-started',
      'turn-completed',
      'turn-started',
      'turn-completed',
    ]);
    expect(later.seqs).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

/** An agent that can no longer tell what the call that was cut off was about. */
class ForgetfulAgent extends ScriptedAgent {
  override async countLost(): Promise<void> {
    throw new TypeError('a fault');
  }
}

describe('after a crash', () => {
  it('a turn whose lost call cannot be counted is answered all the same', async () => {
    const before = await startGateway({ SHUTDOWN_DRAIN_MS: '100' }, { agents: [deafAgent('worker')] });
    const { accepted } = await send(before.app.get(Gateway), { content: 'one', agent: 'worker' });
    await before.stop({ keepData: true });
    const db = new DatabaseSync(join(before.dataDir, 'parley.db'));
    db.exec("UPDATE turns SET state = 'running'");
    db.close();
    const agent = new ForgetfulAgent('worker', async function* () {
      yield { type: 'text', text: 'here' };
      yield COMPLETED;
    });
    started = await startGateway({ LOG_LEVEL: 'silent' }, { agents: [agent], dataDir: before.dataDir });
    const listener = new Listener();
    await follow(started.app.get(Gateway), accepted.sessionId, listener, 0);
    await listener.heard(ended(accepted.turnId));
    expect(listener.events.at(-1)).toMatchObject({ type: 'turn-completed', content: 'here' });
  });
});

describe('draining', () => {
  it('ends also when a message is just coming in, and leaves it for the next start', async () => {
    const before = await startGateway({ SHUTDOWN_DRAIN_MS: '300' }, { agents: [deafAgent('worker')] });
    const gateway = before.app.get(Gateway);
    const sending = send(gateway, { content: 'late', agent: 'worker' });
    await before.stop({ keepData: true });
    const { accepted } = await sending;
    started = await startGateway({}, { agents: [echoAgent('worker')], dataDir: before.dataDir });
    const listener = new Listener();
    await follow(started.app.get(Gateway), accepted.sessionId, listener, 0);
    await listener.heard(ended(accepted.turnId));
    expect(listener.events.at(-1)).toMatchObject({ type: 'turn-completed', content: 'late' });
  });
});
