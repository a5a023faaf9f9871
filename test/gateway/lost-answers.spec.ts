import { afterEach, describe, expect, it } from 'vitest';
import { NO_PRINCIPAL_LIMITS, type Principal } from '#libs/contracts';
import { Gateway } from '#libs/channel-sdk';
import { History, Inbox, StorageError } from '#libs/ports';
import { Listener } from '../support/listener.js';
import { echoAgent } from '../support/scripted-agent.js';
import { startGateway, type StartedGateway } from '../support/start-gateway.js';

const ada: Principal = { kind: 'user', id: 'ada', tenantId: 'default', scopes: new Set(['messages']), credentialId: 'test' };
const ended = (event: { type: string }) => event.type === 'turn-completed';

let started: StartedGateway | null = null;

afterEach(async () => {
  await started?.stop();
  started = null;
});

async function gateway(): Promise<{ gateway: Gateway; inbox: Inbox }> {
  started = await startGateway({ LOG_LEVEL: 'silent' }, { agents: [echoAgent()] });
  return { gateway: started.app.get(Gateway), inbox: started.app.get(Inbox) };
}

/** The store does what it is asked once, and the answer does not arrive: a connection that broke in the commit. */
function loseNextAnswer(inbox: Inbox, method: 'accept' | 'finish'): void {
  const accept = inbox.accept.bind(inbox);
  const finish = inbox.finish.bind(inbox);
  const lost = async (work: Promise<unknown>): Promise<never> => {
    Reflect.deleteProperty(inbox, method);
    await work;
    throw new StorageError('the answer was lost');
  };
  if (method === 'accept') inbox.accept = (request) => lost(accept(request));
  else inbox.finish = (lease, end, startNext) => lost(finish(lease, end, startNext));
}

/** The store fails the next `times` times that somebody reads a turn. */
function failNextReads(history: History, times: number): void {
  const read = history.turnEvents.bind(history);
  let left = times;
  history.turnEvents = async (turnId) => {
    if (left === 0) return read(turnId);
    left -= 1;
    throw new StorageError('a fault');
  };
}

describe('when the store fails while a message that is sent again is told once more', () => {
  it.each(['who follows the turn', 'who has joined the session'])('%s hears all of it once the store answers', async (who) => {
    const { gateway: parley } = await gateway();
    const message = { id: 'once', content: 'hello', agent: 'echo' };
    const first = new Listener();
    const sent = await parley.send(ada, message, { channel: 'http', subscriber: first });
    if (!sent.ok) throw new Error('refused');
    await first.heard(ended);
    const again = new Listener();
    if (who === 'who has joined the session') {
      const grant = await parley.join(ada, { sessionId: sent.value.accepted.sessionId }, again);
      if (!grant.ok) throw new Error('refused');
      await grant.value.follow();
    }
    if (started === null) throw new Error('not started');
    failNextReads(started.app.get(History), 2);
    await parley.send(ada, message, { channel: 'http', subscriber: again });
    await again.heard(ended);
    expect(again.seqs).toEqual([1, 2, 3]);
  });
});

describe('when the answer of the store is lost', () => {
  it('a message that was stored all the same runs, and sending it again finds it', async () => {
    const { gateway: parley, inbox } = await gateway();
    loseNextAnswer(inbox, 'accept');
    const message = { id: 'once', content: 'hello', agent: 'echo' };
    expect(await parley.send(ada, message, { channel: 'http' })).toMatchObject({ ok: false, failure: { code: 'storage_unavailable' } });
    const listener = new Listener();
    const again = await parley.send(ada, message, { channel: 'http', subscriber: listener });
    expect(again).toMatchObject({ ok: true, value: { accepted: { duplicate: true } } });
    await listener.heard(ended);
    expect(listener.events.filter(ended)).toHaveLength(1);
  });

  it.each(['accept', 'finish'] as const)('its turn leaves room for the next under a limit of one at once (%s)', async (method) => {
    const { gateway: parley, inbox } = await gateway();
    const single: Principal = { ...ada, limits: { ...NO_PRINCIPAL_LIMITS, turnsAtOnce: 1 } };
    loseNextAnswer(inbox, method);
    const listener = new Listener();
    const message = { id: 'once', content: 'hello', agent: 'echo' };
    await parley.send(single, message, { channel: 'http', subscriber: listener });
    await parley.send(single, message, { channel: 'http', subscriber: listener });
    await listener.heard(ended);
    const next = async () => (await parley.send(single, { content: 'next', agent: 'echo' }, { channel: 'http' })).ok;
    await expect.poll(next).toBe(true);
  });

  it('a message that waits for it does not wait for ever', async () => {
    const { gateway: parley, inbox } = await gateway();
    const first = new Listener();
    const sent = await parley.send(ada, { content: 'one', agent: 'echo' }, { channel: 'http', subscriber: first });
    if (!sent.ok) throw new Error('refused');
    await first.heard(ended);
    const { sessionId } = sent.value.accepted;
    const joined = new Listener();
    const grant = await parley.join(ada, { sessionId, after: 0 }, joined);
    if (!grant.ok) throw new Error('refused');
    await grant.value.follow();
    loseNextAnswer(inbox, 'finish');
    const rest = new Listener();
    const later = await Promise.all(
      ['two', 'three', 'four'].map((content) => parley.send(ada, { content, agent: 'echo', sessionId }, { channel: 'http', subscriber: rest })),
    );
    expect(later.every((outcome) => outcome.ok)).toBe(true);
    await rest.heard((event) => event.type === 'turn-completed' && event.content === 'four', 10_000);
    expect(rest.events.filter(ended).map((event) => 'content' in event && event.content)).toEqual(['two', 'three', 'four']);
    const last = await joined.heard((event) => event.type === 'turn-completed' && event.content === 'four');
    expect(joined.seqs).toEqual(Array.from({ length: 'seq' in last ? last.seq : 0 }, (_, n) => n + 1));
  });
});
