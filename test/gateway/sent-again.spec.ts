import { afterEach, describe, expect, it } from 'vitest';
import { FailureError, type Principal } from '#libs/contracts';
import { Gateway } from '#libs/channel-sdk';
import { COMPLETED, echoAgent, GatedAgent, ScriptedAgent } from '../support/scripted-agent.js';
import { Listener } from '../support/listener.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

const ada: Principal = { kind: 'user', id: 'ada', tenantId: 'default', scopes: new Set(['messages'] as const), credentialId: 'test-ada' };

let started: StartedGateway | null = null;

afterEach(async () => {
  await started?.stop();
  started = null;
});

const storedOf = (listener: Listener) => listener.events.flatMap((event) => ('turnId' in event && 'seq' in event ? [event] : []));

describe('messages that are sent again together, after a lost connection', () => {
  it('have their events told once each, every turn in its order, while they wait, run and end', async () => {
    const gated = new GatedAgent('gated', 'so far', ' and on');
    const slow = new ScriptedAgent('slow', async function* (turn) {
      yield { type: 'tool-called', callId: turn.turnId, skill: 'none', input: {} };
      yield { type: 'tool-finished', callId: turn.turnId, outcome: 'ok', output: {} };
      yield { type: 'text', text: 'done' };
      yield COMPLETED;
    });
    started = await startGateway({}, { agents: [gated, slow, echoAgent()] });
    const gateway = started.app.get(Gateway);
    const send = async (id: string, agent: string, sessionId: string | undefined, listener?: Listener) => {
      const message = { id, content: id, agent, ...(sessionId === undefined ? {} : { sessionId }) };
      const outcome = await gateway.send(ada, message, { channel: 'http', ...(listener === undefined ? {} : { subscriber: listener }) });
      if (!outcome.ok) throw new FailureError(outcome.failure);
      return outcome.value.accepted;
    };
    const first = await send('m0', 'gated', undefined);
    const agents = ['slow', 'echo', 'slow', 'echo', 'slow'];
    for (const [n, agent] of agents.entries()) await send(`m${n + 1}`, agent, first.sessionId);

    const later = new Listener();
    const again = ['gated', ...agents].map((agent, n) => send(`m${n}`, agent, n === 0 ? undefined : first.sessionId, later));
    gated.open();
    const accepted = await Promise.all(again);
    for (const { turnId } of accepted) await later.heard((event) => event.type === 'turn-completed' && event.turnId === turnId);
    for (const { turnId } of accepted) {
      const own = storedOf(later).filter((event) => event.turnId === turnId);
      const inner = own.length === 5 ? ['tool-called', 'tool-finished'] : [];
      expect(own.map(({ type }) => type)).toEqual(['message-accepted', 'turn-started', ...inner, 'turn-completed']);
    }
    expect(storedOf(later)).toHaveLength(6 * 3 + 3 * 2);
  });
});
