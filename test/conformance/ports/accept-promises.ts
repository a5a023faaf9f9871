import { v7 as newId } from 'uuid';
import { expect, it } from 'vitest';
import type { PortedStore } from './ported-store.js';
import { fingerprint, parsed, scene, seqsOf, tick, typesOf, upTo } from './scene.js';

/** What every Inbox promises about taking messages in. */
export function acceptPromises(opened: () => PortedStore): void {
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
    const context = { metadata: { a: 'b' }, projectIds: ['p'], replyContext: { to: 1 } };
    const { accepted, started } = await s.accept({ start: true, agent: 'poet', ...context });
    expect(accepted.status).toBe('queued');
    expect(started?.turn).toMatchObject({ turnId: accepted.turnId, attempt: 1, agent: 'poet', content: 'hello', acceptedSeq: 1 });
    expect(started?.turn).toMatchObject({ tenantId: s.tenantId, ...context, checkpoint: null });
    expect(parsed(started?.frames[0])).toMatchObject({ type: 'turn-started', seq: 2, turnId: accepted.turnId, agent: 'poet', attempt: 1 });
    const second = await s.accept({ sessionId: accepted.sessionId, start: true });
    expect(second.started).toBeNull();
    expect(second.accepted.seq).toBe(3);
  });

  it('keeps the trace and the request id that a message came in with, for the first attempt and for the one after a crash', async () => {
    const s = scene(opened());
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const requestId = 'of-the-caller-1';
    const turn = await s.start({ traceparent, requestId });
    expect(turn).toMatchObject({ traceparent, requestId });
    expect((await opened().inbox.openTurns(null, 500)).find(({ turnId }) => turnId === turn.turnId)).toMatchObject({ requestId });
    expect(await opened().history.turn(turn.turnId, s.reach)).toMatchObject({ turnId: turn.turnId, traceparent, requestId });
    await opened().inbox.release(turn);
    expect((await opened().inbox.claim(turn.sessionId, tick()))?.turn).toMatchObject({ attempt: 2, traceparent, requestId });
    const bare = await s.start();
    expect([bare.traceparent, bare.requestId]).toEqual([undefined, undefined]);
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
    expect(await opened().sessions.list(s.reach, { limit: 10 })).toMatchObject({ items: [{ lastSeq: 1 }] });
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
      const owned = Array.from({ length: 5 }, () => ({ owner: author }));
      expect(await opened().sessions.list(reach, { limit: 50 })).toMatchObject({ items: owned });
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
    const denied = { kind: 'refused', failure: { code: 'permission_denied' } };
    expect(await opened().inbox.accept(s.request({ reach: narrowed }))).toMatchObject(denied);
    const whole = { tenantId: s.tenantId };
    expect((await opened().inbox.accept(s.request({ sessionId, reach: whole, author: stranger }))).kind).toBe('accepted');
  });

  it('keeps any text as it was said', async () => {
    const s = scene(opened());
    const texts = ['a\0b', '\ud800 alone \udfff', '👩‍👩‍👧‍👦 ünï', '"quoted"', 'x'.repeat(65_536), '\u2028\u202e', "' OR 1=1"];
    for (const content of texts) {
      const note = content.slice(0, 100);
      const turn = await s.start({ content, fingerprint: fingerprint(content), metadata: { note } });
      await opened().inbox.checkpoint(turn, { text: content, settled: content.length });
      await opened().inbox.release(turn);
      const again = await opened().inbox.claim(turn.sessionId, tick());
      const checkpoint = { text: content, settled: content.length };
      expect(again?.turn).toMatchObject({ content, checkpoint, metadata: { note } });
      if (again === null) continue;
      await opened().inbox.finish(again.turn, s.end(again.turn, 'completed', content), false);
      expect(await opened().history.message(turn.messageId, s.reach)).toMatchObject({ content, reply: { content } });
    }
    const file = { type: 'file' as const, url: 'https://example.com/a.png', mediaType: 'image/png' };
    const parts = [{ type: 'text' as const, text: 'see' }, file];
    expect((await s.start({ content: parts })).content).toEqual(parts);
  });
}
