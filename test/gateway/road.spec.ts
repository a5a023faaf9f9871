import { afterEach, describe, expect, it } from 'vitest';
import { FailureError, type SendMessage } from '#libs/contracts';
import { Gateway } from '#libs/channel-sdk';
import type { AppOptions } from '../../src/app.module.js';
import { ada, bob, ended, follow, send, user } from '../support/callers.js';
import { Listener } from '../support/listener.js';
import { COMPLETED, deafAgent, echoAgent, GatedAgent, ScriptedAgent } from '../support/scripted-agent.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

let started: StartedGateway | null = null;

async function gatewayWith(settings: Record<string, string>, options: AppOptions = {}): Promise<Gateway> {
  started = await startGateway(settings, options);
  return started.app.get(Gateway);
}

afterEach(async () => {
  await started?.stop();
  started = null;
});

async function refusalOf(gateway: Gateway, message: SendMessage, by = ada): Promise<string> {
  const outcome = await gateway.send(by, message, { channel: 'http' });
  return outcome.ok ? 'accepted' : outcome.failure.code;
}

describe('a message on the road', () => {
  it('is acknowledged, then told, started, streamed and completed, numbered without a gap', async () => {
    const gateway = await gatewayWith({}, { agents: [echoAgent()] });
    const listener = new Listener();
    let told = -1;
    const outcome = await gateway.send(ada, { content: 'hello', agent: 'echo' }, { channel: 'http', subscriber: listener }, () => {
      told = listener.events.length;
    });
    if (!outcome.ok) throw new FailureError(outcome.failure);
    await listener.heard(ended(outcome.value.accepted.turnId));
    expect(told).toBe(0);
    expect(listener.types).toEqual(['message-accepted', 'turn-started', 'text-delta', 'turn-completed']);
    expect(listener.seqs).toEqual([1, 2, 3]);
    expect(listener.events.at(-1)).toMatchObject({ content: 'hello', meta: { agent: 'echo', model: 'test/scripted', phase: null, evaluationPassed: null } });
    expect(outcome.value.accepted).toMatchObject({ seq: 1, duplicate: false, status: 'queued' });
  });

  it('keeps its place: turns of a session run one after another in the order of acceptance', async () => {
    const agent = echoAgent();
    const gateway = await gatewayWith({}, { agents: [agent] });
    const { accepted } = await send(gateway, { content: '0', agent: 'echo' });
    const listener = new Listener();
    await follow(gateway, accepted.sessionId, listener, 0);
    const receipts = await Promise.all(Array.from({ length: 15 }, (_, n) => send(gateway, { content: `${n + 1}`, agent: 'echo', sessionId: accepted.sessionId })));
    await listener.heard(ended(receipts.at(-1)?.accepted.turnId ?? ''));
    expect(agent.turns.map((turn) => turn.content)).toEqual(Array.from({ length: 16 }, (_, n) => `${n}`));
    expect(listener.seqs).toEqual(Array.from({ length: 48 }, (_, n) => n + 1));
    const inTurn = listener.events.filter((event) => event.type === 'turn-started' || event.type === 'turn-completed').map((event) => event.type);
    expect(inTurn).toEqual(Array.from({ length: 16 }, () => ['turn-started', 'turn-completed']).flat());
  });

  it('sent twice is answered once, and its events come again', async () => {
    const agent = echoAgent();
    const gateway = await gatewayWith({}, { agents: [agent] });
    const message = { id: 'one', content: 'hello', agent: 'echo' };
    const first = new Listener();
    const { accepted } = await send(gateway, message, first);
    await first.heard(ended(accepted.turnId));
    const again = new Listener();
    const repeat = await send(gateway, message, again);
    expect(repeat.accepted).toEqual({ ...accepted, duplicate: true, status: 'completed' });
    await again.heard(ended(accepted.turnId));
    expect(again.types).toEqual(['message-accepted', 'turn-started', 'turn-completed']);
    expect(agent.turns).toHaveLength(1);
    expect(await refusalOf(gateway, { ...message, content: 'other' })).toBe('idempotency_conflict');
    expect(await refusalOf(gateway, message, bob)).toBe('accepted');
  });

  it('is heard by nobody who has not sent it or joined its session', async () => {
    const gateway = await gatewayWith({}, { agents: [echoAgent()] });
    const mine = new Listener();
    const other = new Listener();
    const { accepted } = await send(gateway, { content: 'mine', agent: 'echo' }, mine);
    await send(gateway, { content: 'other', agent: 'echo' }, other, bob);
    await mine.heard(ended(accepted.turnId));
    await other.heard((event) => event.type === 'turn-completed');
    expect(mine.events.every((event) => 'sessionId' in event && event.sessionId === accepted.sessionId)).toBe(true);
    expect(other.events.some((event) => 'sessionId' in event && event.sessionId === accepted.sessionId)).toBe(false);
    const stranger = await gateway.join(bob, { sessionId: accepted.sessionId }, other);
    expect(stranger).toMatchObject({ ok: false, failure: { code: 'not_found' } });
    expect(await refusalOf(gateway, { content: 'x', sessionId: accepted.sessionId }, bob)).toBe('not_found');
    expect(await refusalOf(gateway, { content: 'x', sessionId: accepted.sessionId }, user('ada', 'elsewhere'))).toBe('not_found');
  });

  it('to an unknown agent, or larger than the limit, is refused and leaves no session', async () => {
    const gateway = await gatewayWith({ MAX_MESSAGE_BYTES: '100' });
    expect(await refusalOf(gateway, { content: 'x', agent: 'nobody' })).toBe('not_found');
    expect(await refusalOf(gateway, { content: 'é'.repeat(50) })).toBe('payload_too_large');
    expect(await refusalOf(gateway, { content: 'x'.repeat(98) })).toBe('accepted');
    const sessions = await gateway.sessions(ada, { limit: 10 });
    expect(sessions.ok && sessions.value.items).toHaveLength(1);
  });
});

describe('an agent', () => {
  it('that fails in the words of the contract fails the turn with them, and keeps what it had said', async () => {
    const agent = new ScriptedAgent('blocked', async function* () {
      yield { type: 'text', text: 'half' };
      throw FailureError.of('content_blocked', 'not that');
    });
    const gateway = await gatewayWith({}, { agents: [agent] });
    const listener = new Listener();
    const { accepted } = await send(gateway, { content: 'x', agent: 'blocked' }, listener);
    await listener.heard(ended(accepted.turnId));
    expect(listener.events.at(-1)).toMatchObject({ type: 'turn-failed', partial: 'half', error: { code: 'content_blocked', status: 422, retryable: false } });
  });

  it('that breaks fails the turn without telling its secrets', async () => {
    const agent = new ScriptedAgent('broken', () => {
      throw new Error('password=hunter2');
    });
    const gateway = await gatewayWith({ LOG_LEVEL: 'silent' }, { agents: [agent] });
    const listener = new Listener();
    const { accepted } = await send(gateway, { content: 'x', agent: 'broken' }, listener);
    await listener.heard(ended(accepted.turnId));
    expect(listener.events.at(-1)).toMatchObject({ type: 'turn-failed', error: { code: 'execution_failed' } });
    expect(JSON.stringify(listener.events)).not.toContain('hunter2');
  });

  it('that never answers is cut at the time limit, and the next turn runs', async () => {
    const gateway = await gatewayWith({ TURN_TIMEOUT_MS: '2500' }, { agents: [deafAgent(), echoAgent()] });
    const listener = new Listener();
    const { accepted } = await send(gateway, { content: 'x', agent: 'deaf' }, listener);
    const next = await send(gateway, { content: 'y', agent: 'echo', sessionId: accepted.sessionId }, listener);
    expect(await listener.heard(ended(accepted.turnId))).toMatchObject({ type: 'turn-failed', error: { code: 'timeout', retryable: true } });
    expect(await listener.heard(ended(next.accepted.turnId))).toMatchObject({ type: 'turn-completed', content: 'y' });
  });
});

describe('cancelling', () => {
  it('ends a running turn at once, also when its agent does not listen, and tells what it had said', async () => {
    const gateway = await gatewayWith({}, { agents: [deafAgent(), new GatedAgent('gated', 'so far', 'never')] });
    const listener = new Listener();
    for (const agent of ['deaf', 'gated']) {
      const { accepted } = await send(gateway, { content: 'x', agent }, listener);
      await listener.heard((event) => event.type === 'turn-started' && event.turnId === accepted.turnId);
      if (agent === 'gated') await listener.heard((event) => event.type === 'text-delta');
      expect(await gateway.cancel(ada, { turnId: accepted.turnId })).toEqual({ ok: true, value: { state: 'cancelled' } });
      const end = await listener.heard(ended(accepted.turnId));
      expect(end).toMatchObject({ type: 'turn-cancelled', by: { kind: 'user', id: 'ada' }, ...(agent === 'gated' ? { partial: 'so far' } : {}) });
    }
  });

  it('ends a queued turn without running it; of an ended one it tells the state; of a stranger it knows nothing', async () => {
    const gated = new GatedAgent('gated', '', 'done');
    const gateway = await gatewayWith({}, { agents: [gated] });
    const listener = new Listener();
    const first = await send(gateway, { content: 'x', agent: 'gated' }, listener);
    const second = await send(gateway, { content: 'y', agent: 'gated', sessionId: first.accepted.sessionId }, listener);
    expect(await gateway.cancel(bob, { turnId: second.accepted.turnId })).toMatchObject({ ok: false, failure: { code: 'not_found' } });
    expect(await gateway.cancel(ada, { messageId: second.accepted.messageId })).toMatchObject({ ok: true, value: { state: 'cancelled' } });
    gated.open();
    await listener.heard(ended(first.accepted.turnId));
    expect(await gateway.cancel(ada, { turnId: first.accepted.turnId })).toEqual({ ok: true, value: { state: 'completed' } });
    expect(gated.turns).toHaveLength(1);
  });
});

describe('the bounds', () => {
  it('refuse with overloaded beyond the queue of a session and beyond the inbox, exactly, also for many at once', async () => {
    const gateway = await gatewayWith({ SESSION_QUEUE_LIMIT: '3', INBOX_LIMIT: '5', MAX_CONCURRENT_TURNS: '1' }, { agents: [deafAgent()] });
    const { accepted } = await send(gateway, { content: 'x', agent: 'deaf' });
    const inSession = await Promise.all(
      Array.from({ length: 10 }, () => refusalOf(gateway, { content: 'x', agent: 'deaf', sessionId: accepted.sessionId })),
    );
    expect(inSession.filter((code) => code === 'accepted')).toHaveLength(3);
    const inInbox = await Promise.all(Array.from({ length: 10 }, () => refusalOf(gateway, { content: 'x', agent: 'deaf' })));
    expect(inInbox.filter((code) => code === 'accepted')).toHaveLength(2);
    expect(new Set([...inSession, ...inInbox])).toEqual(new Set(['accepted', 'overloaded']));
  });

  it('answer a repeat even when full', async () => {
    const gateway = await gatewayWith({ INBOX_LIMIT: '1', MAX_CONCURRENT_TURNS: '1' }, { agents: [deafAgent()] });
    await send(gateway, { content: 'x', agent: 'deaf' });
    const { accepted } = await send(gateway, { id: 'mine', content: 'x', agent: 'deaf' });
    expect(await refusalOf(gateway, { id: 'new', content: 'x', agent: 'deaf' })).toBe('overloaded');
    const repeat = await send(gateway, { id: 'mine', content: 'x', agent: 'deaf' });
    expect(repeat.accepted).toEqual({ ...accepted, duplicate: true });
  });
});

describe('deleting a session', () => {
  it('cancels its turns, tells who listens, and leaves nothing to be found', async () => {
    const gateway = await gatewayWith({}, { agents: [deafAgent()] });
    const listener = new Listener();
    const { accepted } = await send(gateway, { content: 'x', agent: 'deaf' });
    await send(gateway, { content: 'y', agent: 'deaf', sessionId: accepted.sessionId });
    await follow(gateway, accepted.sessionId, listener, 0);
    expect(await gateway.deleteSession(ada, accepted.sessionId)).toEqual({ ok: true, value: null });
    await listener.heard((event) => event.type === 'session-deleted');
    expect(listener.types.filter((type) => type === 'turn-cancelled')).toHaveLength(2);
    expect(listener.types.at(-1)).toBe('session-deleted');
    expect(await gateway.session(ada, accepted.sessionId)).toMatchObject({ ok: false, failure: { code: 'not_found' } });
    expect(await gateway.message(ada, accepted.messageId)).toMatchObject({ ok: false, failure: { code: 'not_found' } });
  });
});

describe('joining', () => {
  it('replays what is behind and goes on live without a gap or a repeat, while turns keep coming', async () => {
    const gateway = await gatewayWith({ SESSION_QUEUE_LIMIT: '1000' }, { agents: [echoAgent()] });
    const { accepted } = await send(gateway, { content: 'first', agent: 'echo' });
    const { sessionId } = accepted;
    let last = accepted.turnId;
    const sending = (async () => {
      for (let n = 0; n < 150; n += 1) last = (await send(gateway, { content: `${n}`, agent: 'echo', sessionId })).accepted.turnId;
    })();
    const listeners = [new Listener(), new Listener(), new Listener()];
    for (const listener of listeners) {
      await follow(gateway, sessionId, listener, 0);
    }
    await sending;
    for (const listener of listeners) {
      await listener.heard(ended(last));
      expect(listener.seqs).toEqual(Array.from({ length: 151 * 3 }, (_, n) => n + 1));
    }
  });

  it('in the middle of an answer gives the text so far at once', async () => {
    const gated = new GatedAgent('gated', 'so far', ' and on');
    const gateway = await gatewayWith({}, { agents: [gated] });
    const sender = new Listener();
    const { accepted } = await send(gateway, { content: 'x', agent: 'gated' }, sender);
    await sender.heard((event) => event.type === 'text-delta');
    const late = new Listener();
    await follow(gateway, accepted.sessionId, late);
    gated.open();
    await late.heard(ended(accepted.turnId));
    expect(late.events).toMatchObject([
      { type: 'text-delta', offset: 0, text: 'so far' },
      { type: 'text-delta', offset: 6, text: ' and on' },
      { type: 'turn-completed', content: 'so far and on' },
    ]);
  });
});

describe('tools', () => {
  it('are recorded before and after the call', async () => {
    const calls: string[] = [];
    const agent = new ScriptedAgent('tools', async function* (turn) {
      yield { type: 'tool-called', callId: 'c1', skill: 'clock', input: {} };
      calls.push('called');
      yield { type: 'tool-finished', callId: 'c1', outcome: 'ok', output: { time: 'now' } };
      yield { type: 'text', text: `attempt ${turn.attempt}` };
      yield COMPLETED;
    });
    const gateway = await gatewayWith({}, { agents: [agent] });
    const listener = new Listener();
    const { accepted } = await send(gateway, { content: 'x', agent: 'tools' }, listener);
    await listener.heard(ended(accepted.turnId));
    expect(listener.types).toEqual(['message-accepted', 'turn-started', 'tool-called', 'tool-finished', 'text-delta', 'turn-completed']);
    expect(calls).toEqual(['called']);
  });
});
