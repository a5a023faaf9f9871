import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptOutcome } from '#libs/ports';
import { acceptPromises } from './accept-promises.js';
import type { OpenStore, PortedStore } from './ported-store.js';
import { fact, parsed, scene, seqsOf, settled, tick, typesOf, upTo } from './scene.js';
import { staleLeaseWritesNothing } from './stale-lease.js';

/** What every Inbox promises. */
export function inboxSuite(name: string, open: OpenStore): void {
  describe(`Inbox on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    acceptPromises(() => store);
    turnPromises(() => store);
    cancelPromises(() => store);
  });
}

function turnPromises(opened: () => PortedStore): void {
  it('runs the turns of a session one after another in the order of acceptance', async () => {
    const s = scene(opened());
    const sessionId = await s.newSession();
    const accepted = await Promise.all(Array.from({ length: 5 }, () => s.accept({ sessionId })));
    const first = await opened().inbox.claim(sessionId, tick());
    expect(await opened().inbox.claim(sessionId, tick())).toBeNull();
    const ran: string[] = [];
    for (let started = first; started !== null; ) {
      ran.push(started.turn.turnId);
      started = settled(await opened().inbox.finish(started.turn, s.end(started.turn), true)).started;
    }
    expect(ran).toEqual(accepted.map((outcome) => outcome.accepted.turnId));
    expect(seqsOf(await s.events(sessionId))).toEqual(upTo(15));
    expect(await opened().inbox.claim(sessionId, tick())).toBeNull();
  });

  it('stores the end and the next start in one step, or leaves the next one waiting', async () => {
    const s = scene(opened());
    const turn = await s.start();
    const next = await s.accept({ sessionId: turn.sessionId });
    let seen: number[] = [];
    const finished = settled(
      await opened().inbox.finish(turn, s.end(turn, 'failed'), true, ({ frames, started }) => {
        seen = seqsOf([...frames, ...(started?.frames ?? [])]);
      }),
    );
    expect(seen).toEqual([4, 5]);
    expect(finished.started?.turn).toMatchObject({ turnId: next.accepted.turnId, attempt: 1, content: 'hello' });
    const third = await s.accept({ sessionId: turn.sessionId });
    if (finished.started === null) throw new Error('expected the next turn');
    expect(settled(await opened().inbox.finish(finished.started.turn, s.end(finished.started.turn), false)).started).toBeNull();
    expect((await opened().inbox.claim(turn.sessionId, tick()))?.turn.turnId).toBe(third.accepted.turnId);
  });

  it('gives a turn one end, whoever finishes it how often', async () => {
    const s = scene(opened());
    const turn = await s.start();
    const states = ['completed', 'failed', 'cancelled', 'completed'] as const;
    const ends = await Promise.all(states.map((state) => opened().inbox.finish(turn, s.end(turn, state), true)));
    expect(ends.filter((end) => end !== 'stale')).toHaveLength(1);
    expect(typesOf(await s.events(turn.sessionId))).toEqual(['message-accepted', 'turn-started', 'turn-completed']);
  });

  it('lets a stale lease write nothing', () => staleLeaseWritesNothing(opened()));

  it('appends facts in order, with the checkpoint', async () => {
    const s = scene(opened());
    const turn = await s.start();
    let committed: number[] = [];
    const facts = [fact(turn, 'tool-called', { callId: '1', skill: 'clock', input: {} }), fact(turn, 'tool-finished', { callId: '1' })];
    const frames = await opened().inbox.append(turn, facts, { text: 'so far', settled: 2 }, (stored) => {
      committed = seqsOf(stored);
    });
    expect(frames === 'stale' ? [] : typesOf(frames)).toEqual(['tool-called', 'tool-finished']);
    expect(committed).toEqual([3, 4]);
    expect(await opened().inbox.append(turn, [], { text: 'more', settled: 3 })).toEqual([]);
    const session = await opened().sessions.find(turn.sessionId, s.reach);
    expect(session?.lastSeq).toBe(4);
  });

  it('keeps place, attempts and text of a turn that is put back', async () => {
    const s = scene(opened());
    const turn = await s.start();
    await s.accept({ sessionId: turn.sessionId });
    expect(await opened().inbox.checkpoint(turn, { text: 'half', settled: 1 })).toBe(true);
    await opened().inbox.release(turn);
    const again = await opened().inbox.claim(turn.sessionId, tick());
    const kept = { turnId: turn.turnId, attempt: 2, checkpoint: { text: 'half', settled: 1 }, acceptedAt: turn.acceptedAt };
    expect(again?.turn).toMatchObject(kept);
    expect(parsed(again?.frames[0])).toMatchObject({ type: 'turn-started', attempt: 2, seq: 4 });
  });

  it('lists the turns without an end, ordered by turn id, in pages', async () => {
    const s = scene(opened());
    const running = await s.start();
    await opened().inbox.checkpoint(running, { text: 'half', settled: 0 });
    const queued = await s.accept({ sessionId: running.sessionId });
    const ended = await s.start();
    await opened().inbox.finish(ended, s.end(ended), false);
    const found = [];
    for (let after: string | null = null; ; ) {
      const page = await opened().inbox.openTurns(after, 3);
      found.push(...page);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.turnId;
    }
    expect(found.map((turn) => turn.turnId)).toEqual(found.map((turn) => turn.turnId).toSorted());
    const mine = found.filter((turn) => turn.tenantId === s.tenantId);
    expect(mine).toHaveLength(2);
    const left = { text: 'half', settled: 0 };
    expect(mine).toContainEqual(expect.objectContaining({ turnId: running.turnId, state: 'running', attempt: 1, checkpoint: left }));
    expect(mine).toContainEqual(expect.objectContaining({ turnId: queued.accepted.turnId, state: 'queued', attempt: 0, checkpoint: null }));
  });
}

function cancelPromises(opened: () => PortedStore): void {
  const by = { kind: 'operator', id: 'op' } as const;

  it('ends a queued turn as cancelled, once', async () => {
    const s = scene(opened());
    const running = await s.start();
    const { accepted } = await s.accept({ sessionId: running.sessionId });
    const outcomes = await Promise.all([
      opened().inbox.cancel({ turnId: accepted.turnId }, s.reach, by, tick()),
      opened().inbox.cancel({ messageId: accepted.messageId }, s.reach, by, tick()),
    ]);
    const frames = outcomes.flatMap((outcome) => (outcome.kind === 'ended' ? outcome.frames : []));
    expect(outcomes).toMatchObject([{ kind: 'ended', state: 'cancelled' }, { kind: 'ended', state: 'cancelled' }]);
    expect(frames).toHaveLength(1);
    expect(parsed(frames[0])).toMatchObject({ type: 'turn-cancelled', turnId: accepted.turnId, messageId: accepted.messageId, by, seq: 4 });
    expect(parsed(frames[0])).not.toHaveProperty('partial');
    expect(settled(await opened().inbox.finish(running, s.end(running), true)).started).toBeNull();
  });

  it('says so of a running turn and keeps the state of an ended one', async () => {
    const s = scene(opened());
    const turn = await s.start();
    const where = { turnId: turn.turnId, sessionId: turn.sessionId };
    expect(await opened().inbox.cancel({ turnId: turn.turnId }, s.reach, by, tick())).toEqual({ kind: 'running', ...where });
    await opened().inbox.finish(turn, s.end(turn), false);
    const ended = { kind: 'ended', ...where, state: 'completed', frames: [] };
    expect(await opened().inbox.cancel({ turnId: turn.turnId }, s.reach, by, tick())).toEqual(ended);
    expect(await opened().inbox.cancel({ messageId: turn.messageId }, s.reach, by, tick())).toEqual(ended);
    expect(typesOf(await s.events(turn.sessionId))).toEqual(['message-accepted', 'turn-started', 'turn-completed']);
  });

  it('tells what an earlier attempt left behind when a turn that was put back is cancelled', async () => {
    const s = scene(opened());
    const turn = await s.start();
    await opened().inbox.checkpoint(turn, { text: 'half', settled: 0 });
    await opened().inbox.release(turn);
    const outcome = await opened().inbox.cancel({ turnId: turn.turnId }, s.reach, by, tick());
    expect(outcome.kind === 'ended' ? parsed(outcome.frames[0]) : outcome).toMatchObject({ partial: 'half' });
  });

  it('finds no turn out of reach', async () => {
    const s = scene(opened());
    const { accepted } = await s.accept();
    const reaches = [{ tenantId: 'other' }, { ...s.reach, owner: by }, { ...s.reach, sessionIds: [newId()] }];
    for (const reach of reaches) {
      expect(await opened().inbox.cancel({ turnId: accepted.turnId }, reach, by, tick())).toEqual({ kind: 'not_found' });
    }
    for (const id of [newId(), 'nonsense', '\0']) {
      expect(await opened().inbox.cancel({ turnId: id }, s.reach, by, tick())).toEqual({ kind: 'not_found' });
      expect(await opened().inbox.cancel({ messageId: id }, s.reach, by, tick())).toEqual({ kind: 'not_found' });
      expect(await opened().inbox.claim(id, tick())).toBeNull();
    }
    const outcome: AcceptOutcome = await opened().inbox.accept(s.request({ sessionId: accepted.sessionId }));
    expect(outcome).toMatchObject({ accepted: { seq: 2 } });
  });
}
