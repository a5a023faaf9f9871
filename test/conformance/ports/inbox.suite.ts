import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptOutcome } from '#libs/ports';
import type { OpenStore, PortedStore } from './ported-store.js';
import { fact, fingerprint, parsed, scene, seqsOf, settled, tick, typesOf, upTo } from './scene.js';

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

function acceptPromises(opened: () => PortedStore): void {
  it('makes a session for a message that names none, owned by its author', async () => {
    const s = scene(opened());
    const { accepted, frames, started } = await s.accept();
    expect(accepted).toMatchObject({ seq: 1, duplicate: false, status: 'queued' });
    expect(started).toBeNull();
    expect(parsed(frames[0])).toMatchObject({ type: 'message-accepted', seq: 1, content: 'hello', channel: 'http', author: s.author });
    expect(await opened().sessions.find(accepted.sessionId, s.reach)).toMatchObject({ owner: s.author, agent: 'concierge', lastSeq: 1 });
  });

  it('accepts and starts in one step when the session is idle', async () => {
    const s = scene(opened());
    const { accepted, started } = await s.accept({ start: true, agent: 'poet', metadata: { a: 'b' }, projectIds: ['p'], replyContext: { to: 1 } });
    expect(accepted.status).toBe('queued');
    expect(started?.turn).toMatchObject({ turnId: accepted.turnId, attempt: 1, agent: 'poet', content: 'hello', acceptedSeq: 1 });
    expect(started?.turn).toMatchObject({ tenantId: s.tenantId, metadata: { a: 'b' }, projectIds: ['p'], replyContext: { to: 1 }, checkpoint: null });
    expect(parsed(started?.frames[0])).toMatchObject({ type: 'turn-started', seq: 2, turnId: accepted.turnId, agent: 'poet', attempt: 1 });
    const second = await s.accept({ sessionId: accepted.sessionId, start: true });
    expect(second.started).toBeNull();
    expect(second.accepted.seq).toBe(3);
  });

  it('does not let a newcomer overtake a turn that waits', async () => {
    const s = scene(opened());
    const first = await s.accept();
    const second = await s.accept({ sessionId: first.accepted.sessionId, start: true });
    expect(second.started).toBeNull();
    expect((await opened().inbox.claim(first.accepted.sessionId, tick()))?.turn.turnId).toBe(first.accepted.turnId);
  });

  it('numbers events of a session without gaps when many write at once, and commits in that order', async () => {
    const s = scene(opened());
    const sessionId = await s.newSession();
    const committed: number[] = [];
    const requests = Array.from({ length: 120 }, () => s.request({ sessionId }));
    const outcomes = await Promise.all(
      requests.map((request) =>
        opened().inbox.accept(request, (outcome) => {
          if (outcome.kind === 'accepted') committed.push(...seqsOf(outcome.frames));
        }),
      ),
    );
    expect(outcomes.every((outcome) => outcome.kind === 'accepted')).toBe(true);
    expect(committed).toEqual(upTo(120));
    expect(seqsOf(await s.events(sessionId))).toEqual(upTo(120));
  });

  it('runs the committed callback before the promise resolves, and a callback that throws takes nothing back', async () => {
    const s = scene(opened());
    const order: string[] = [];
    await opened().inbox.accept(s.request(), () => order.push('committed')).then(() => order.push('resolved'));
    expect(order).toEqual(['committed', 'resolved']);
    const sessionId = await s.newSession();
    const outcomes = await Promise.all([
      opened().inbox.accept(s.request({ sessionId }), () => {
        throw new Error('a callback that fails');
      }),
      opened().inbox.accept(s.request({ sessionId })),
    ]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['accepted', 'accepted']);
    expect(seqsOf(await s.events(sessionId))).toEqual([1, 2]);
  });

  it('answers a message sent twice with the first result and the present state', async () => {
    const s = scene(opened());
    const first = await s.accept({ clientId: 'c1', start: true });
    const again = await opened().inbox.accept(s.request({ clientId: 'c1', refusal: { code: 'overloaded', detail: 'full' } }));
    expect(again).toEqual({ kind: 'duplicate', accepted: { ...first.accepted, duplicate: true, status: 'running' } });
    if (first.started !== null) await opened().inbox.finish(first.started.turn, s.end(first.started.turn), false);
    const later = await opened().inbox.accept(s.request({ clientId: 'c1', sessionId: first.accepted.sessionId }));
    expect(later).toMatchObject({ kind: 'duplicate', accepted: { status: 'completed', turnId: first.accepted.turnId } });
    expect(typesOf(await s.events(first.accepted.sessionId))).toEqual(['message-accepted', 'turn-started', 'turn-completed']);
  });

  it('lets one of many parallel accepts with one id through', async () => {
    const s = scene(opened());
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => opened().inbox.accept(s.request({ clientId: 'once' }))));
    expect(outcomes.filter((outcome) => outcome.kind === 'accepted')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.kind === 'duplicate')).toHaveLength(19);
    expect(new Set(outcomes.map((outcome) => (outcome.kind === 'refused' ? 'refused' : outcome.accepted.messageId))).size).toBe(1);
    expect((await opened().sessions.list(s.reach, { limit: 10 }))).toMatchObject({ items: [{ lastSeq: 1 }] });
  });

  it('refuses an id that was used for another message or another named session', async () => {
    const s = scene(opened());
    const [one, two] = [await s.newSession(), await s.newSession()];
    await s.accept({ clientId: 'c', sessionId: one });
    const conflict = { kind: 'refused', failure: { code: 'idempotency_conflict' } };
    expect(await opened().inbox.accept(s.request({ clientId: 'c', sessionId: one, content: 'other' }))).toMatchObject(conflict);
    expect(await opened().inbox.accept(s.request({ clientId: 'c', sessionId: two }))).toMatchObject(conflict);
    expect((await opened().inbox.accept(s.request({ clientId: 'c' }))).kind).toBe('duplicate');
    await s.accept({ clientId: 'unnamed' });
    expect((await opened().inbox.accept(s.request({ clientId: 'unnamed', sessionId: two }))).kind).toBe('duplicate');
  });

  it('keeps ids of different principals apart, down to the last code unit', async () => {
    const s = scene(opened());
    const authors = [
      { kind: 'user', id: 'ada' },
      { kind: 'key', id: 'ada' },
      { kind: 'user', id: '\ud800' },
      { kind: 'user', id: '\ud801' },
      { kind: 'user', id: 'a\0b' },
      { kind: 'user', id: 'a\0c' },
      { kind: 'user', id: '"\\ud800"' },
    ] as const;
    for (const author of authors) {
      const reach = { tenantId: s.tenantId, owner: author };
      for (const clientId of ['x', '\ud83d', '\ud83e', 'a\0', 'a']) {
        expect((await opened().inbox.accept(s.request({ author, reach, clientId }))).kind).toBe('accepted');
        expect((await opened().inbox.accept(s.request({ author, reach, clientId }))).kind).toBe('duplicate');
      }
      expect(await opened().sessions.list(reach, { limit: 50 })).toMatchObject({ items: Array.from({ length: 5 }, () => ({ owner: author })) });
    }
    const other = scene(opened());
    expect((await opened().inbox.accept(other.request({ clientId: 'x' }))).kind).toBe('accepted');
  });

  it('writes nothing when it refuses', async () => {
    const s = scene(opened());
    const sessionId = await s.newSession();
    const refusal = { code: 'overloaded', detail: 'full', retryAfterMs: 10 } as const;
    expect(await opened().inbox.accept(s.request({ refusal, clientId: 'c' }))).toEqual({ kind: 'refused', failure: refusal });
    expect(await opened().inbox.accept(s.request({ refusal, sessionId }))).toEqual({ kind: 'refused', failure: refusal });
    expect(await s.events(sessionId)).toEqual([]);
    expect(await opened().sessions.list(s.reach, { limit: 10 })).toMatchObject({ items: [{ id: sessionId, lastSeq: 0 }] });
    expect((await opened().inbox.accept(s.request({ clientId: 'c', content: 'other' }))).kind).toBe('accepted');
  });

  it('knows no session out of reach', async () => {
    const s = scene(opened());
    const sessionId = await s.newSession();
    const stranger = { kind: 'user', id: 'eve' } as const;
    const refused = { kind: 'refused', failure: { code: 'not_found' } };
    for (const reach of [
      { tenantId: scene(opened()).tenantId },
      { tenantId: s.tenantId, owner: stranger },
      { tenantId: s.tenantId, owner: s.author, sessionIds: [newId()] },
    ]) {
      expect(await opened().inbox.accept(s.request({ sessionId, reach }))).toMatchObject(refused);
    }
    for (const unknown of [newId(), 'no-id', '', '\0', "'; DROP TABLE turns; --"]) {
      expect(await opened().inbox.accept(s.request({ sessionId: unknown }))).toMatchObject(refused);
    }
    const narrowed = { ...s.reach, sessionIds: [sessionId] };
    expect((await opened().inbox.accept(s.request({ sessionId, reach: narrowed }))).kind).toBe('accepted');
    expect(await opened().inbox.accept(s.request({ reach: narrowed }))).toMatchObject({ kind: 'refused', failure: { code: 'permission_denied' } });
    expect((await opened().inbox.accept(s.request({ sessionId, reach: { tenantId: s.tenantId }, author: stranger }))).kind).toBe('accepted');
  });

  it('keeps any text as it was said', async () => {
    const s = scene(opened());
    const texts = ['a\0b', '\ud800 alone \udfff', '👩‍👩‍👧‍👦 ünï', '"quoted"', 'x'.repeat(65_536), '\u2028\u202e', "' OR 1=1"];
    for (const content of texts) {
      const turn = await s.start({ content, fingerprint: fingerprint(content), metadata: { note: content.slice(0, 100) } });
      await opened().inbox.checkpoint(turn, { text: content, settled: content.length });
      await opened().inbox.release(turn);
      const again = await opened().inbox.claim(turn.sessionId, tick());
      expect(again?.turn).toMatchObject({ content, checkpoint: { text: content, settled: content.length }, metadata: { note: content.slice(0, 100) } });
      if (again === null) continue;
      await opened().inbox.finish(again.turn, s.end(again.turn, 'completed', content), false);
      expect(await opened().history.message(turn.messageId, s.reach)).toMatchObject({ content, reply: { content } });
    }
    const parts = [{ type: 'text' as const, text: 'see' }, { type: 'file' as const, url: 'https://example.com/a.png', mediaType: 'image/png' }];
    expect((await s.start({ content: parts })).content).toEqual(parts);
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

  it('lets a stale lease write nothing', async () => {
    const s = scene(opened());
    const turn = await s.start();
    expect(await opened().inbox.release(turn)).toBe(true);
    const again = await opened().inbox.claim(turn.sessionId, tick());
    expect(again?.turn.attempt).toBe(2);
    const before = await s.events(turn.sessionId);
    const called = { committed: 0 };
    const count = () => {
      called.committed += 1;
    };
    expect(await opened().inbox.append(turn, [fact(turn, 'tool-called')], { text: 'late', settled: 0 }, count)).toBe('stale');
    expect(await opened().inbox.append(turn, [fact(turn, 'tool-called')], undefined, count)).toBe('stale');
    expect(await opened().inbox.checkpoint(turn, { text: 'late', settled: 0 })).toBe(false);
    expect(await opened().inbox.release(turn)).toBe(false);
    expect(await opened().inbox.finish(turn, s.end(turn), true, count)).toBe('stale');
    expect(called.committed).toBe(0);
    expect(await s.events(turn.sessionId)).toEqual(before);
    const elsewhere = { turnId: turn.turnId, sessionId: await s.newSession(), attempt: 2 };
    expect(await opened().inbox.append(elsewhere, [fact(turn, 'tool-called')])).toBe('stale');
    if (again === null) throw new Error('expected a second attempt');
    expect(await opened().inbox.append(again.turn, [fact(turn, 'tool-called')])).toHaveLength(1);
    expect(await opened().inbox.append({ ...again.turn, turnId: newId() }, [])).toBe('stale');
  });

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
    expect(again?.turn).toMatchObject({ turnId: turn.turnId, attempt: 2, checkpoint: { text: 'half', settled: 1 }, acceptedAt: turn.acceptedAt });
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
    expect(mine).toContainEqual(expect.objectContaining({ turnId: running.turnId, state: 'running', attempt: 1, checkpoint: { text: 'half', settled: 0 } }));
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
