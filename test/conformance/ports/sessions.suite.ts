import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '#libs/contracts';
import type { Reach } from '#libs/ports';
import type { OpenStore, PortedStore } from './ported-store.js';
import { pruningPromises } from './pruning-promises.js';
import { fingerprint, parsed, scene, tick } from './scene.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What every Sessions promises. */
export function sessionsSuite(name: string, open: OpenStore): void {
  describe(`Sessions on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    keepingPromises(() => store);
    deletionPromises(() => store);
    pruningPromises(() => store);
  });
}

async function page(store: PortedStore, reach: Reach, limit: number, cursor: string | null) {
  const found = await store.sessions.list(reach, { limit, cursor });
  if (found === 'bad_cursor') throw new Error('expected a good cursor');
  return found;
}

async function listed(store: PortedStore, reach: Reach, limit = 2): Promise<Session[]> {
  const items: Session[] = [];
  for (let cursor: string | null = null; ; ) {
    const found = await page(store, reach, limit, cursor);
    items.push(...found.items);
    cursor = found.nextCursor;
    if (cursor === null) return items;
  }
}

function keepingPromises(opened: () => PortedStore): void {
  it('shows a session as it was made', async () => {
    const { tenantId, author: owner, reach } = scene(opened());
    const made = { id: newId(), tenantId, owner, title: 'A\0 \ud800 title', agent: 'poet', metadata: { k: 'v\0' }, at: 1_700_000_000_123 };
    const session = await opened().sessions.create(made);
    const times = { createdAt: '2023-11-14T22:13:20.123Z', updatedAt: '2023-11-14T22:13:20.123Z' };
    expect(session).toEqual({ id: made.id, owner, title: made.title, agent: 'poet', lastSeq: 0, metadata: made.metadata, ...times });
    expect(await opened().sessions.find(made.id, reach)).toEqual(session);
    const plain = await opened().sessions.create({ id: newId(), tenantId, owner, agent: 'poet', metadata: {}, at: 1 });
    expect(plain).not.toHaveProperty('title');
  });

  it('changes only what is named', async () => {
    const s = scene(opened());
    const id = await s.newSession();
    const at = tick();
    const named = await opened().sessions.update(id, s.reach, { title: 'T', metadata: { a: '1' } }, at);
    expect(named).toMatchObject({ title: 'T', agent: 'concierge', metadata: { a: '1' }, updatedAt: new Date(at).toISOString() });
    const moved = await opened().sessions.update(id, s.reach, { agent: 'poet' }, tick());
    expect(moved).toMatchObject({ title: 'T', agent: 'poet', metadata: { a: '1' } });
    const untitled = await opened().sessions.update(id, s.reach, { title: null, metadata: {} }, tick());
    expect(untitled).toMatchObject({ agent: 'poet', metadata: {} });
    expect(untitled).not.toHaveProperty('title');
    expect(await opened().sessions.find(id, s.reach)).toEqual(untitled);
    expect((await s.start({ sessionId: id })).agent).toBe('poet');
  });

  it('knows nothing out of reach', async () => {
    const s = scene(opened());
    const id = await s.newSession();
    const foreign: Reach[] = [
      { tenantId: 'other' },
      { tenantId: 'other', owner: s.author },
      { tenantId: s.tenantId, owner: { kind: 'key', id: s.author.id } },
      { tenantId: s.tenantId, owner: { kind: 'user', id: 'eve' } },
      { ...s.reach, sessionIds: [newId()] },
      { ...s.reach, sessionIds: [] },
      { tenantId: 'other', sessionIds: [id] },
    ];
    for (const reach of foreign) {
      expect(await opened().sessions.find(id, reach)).toBeNull();
      expect(await opened().sessions.update(id, reach, { title: 'stolen' }, tick())).toBeNull();
      expect(await opened().sessions.close(id, reach)).toBe(false);
      expect((await listed(opened(), reach)).map((session) => session.id)).not.toContain(id);
    }
    for (const reach of [{ tenantId: s.tenantId }, { tenantId: s.tenantId, sessionIds: [id] }]) {
      expect(await opened().sessions.find(id, reach)).not.toHaveProperty('title');
      expect((await listed(opened(), reach)).map((session) => session.id)).toEqual([id]);
    }
    for (const unknown of [newId(), 'no-id', '', '\0', '\ud800']) {
      expect(await opened().sessions.find(unknown, s.reach)).toBeNull();
      expect(await opened().sessions.update(unknown, s.reach, {}, tick())).toBeNull();
      expect(await opened().sessions.close(unknown, s.reach)).toBe(false);
      expect(await opened().sessions.erase(unknown, tick())).toBeNull();
    }
  });

  it('lists newest first; what is there all the while comes exactly once, whatever comes and goes', async () => {
    const s = scene(opened());
    const kept: string[] = [];
    const removed: string[] = [];
    for (let i = 0; i < 12; i += 1) (i % 3 === 2 ? removed : kept).push(await s.newSession());
    const seen: string[] = [];
    for (let cursor: string | null = null, turn = 0; ; turn += 1) {
      const found = await page(opened(), s.reach, 2, cursor);
      seen.push(...found.items.map((session) => session.id));
      await s.newSession();
      const gone = removed[turn];
      if (gone !== undefined) await opened().sessions.close(gone, s.reach);
      cursor = found.nextCursor;
      if (cursor === null) break;
    }
    expect(seen.filter((id) => kept.includes(id))).toEqual(kept.toReversed());
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('says the end of a list and refuses cursors that it did not make', async () => {
    const s = scene(opened());
    const ids = [await s.newSession(), await s.newSession()];
    expect(await page(opened(), s.reach, 2, null)).toMatchObject({ items: [{ id: ids[1] }, { id: ids[0] }], nextCursor: null });
    const { nextCursor } = await page(opened(), s.reach, 1, null);
    expect(nextCursor).not.toBeNull();
    const wellFormed = ['["messages",1]', '["sessions",1]'].map((json) => Buffer.from(json).toString('base64url'));
    for (const cursor of ['', 'x', '%%%', 'bnVsbA', 'e30', 'W10', ...wellFormed]) {
      expect(await opened().sessions.list(s.reach, { limit: 2, cursor })).toBe('bad_cursor');
    }
    expect(await opened().keys.list(s.tenantId, { limit: 2, cursor: nextCursor })).toBe('bad_cursor');
    expect(await opened().history.messages(ids[0] ?? '', s.reach, { limit: 2, cursor: nextCursor })).toBe('bad_cursor');
  });
}

function deletionPromises(opened: () => PortedStore): void {
  it('accepts nothing and shows nothing once it is closed, and starts no further turn', async () => {
    const s = scene(opened());
    const turn = await s.start();
    const waiting = await s.accept({ sessionId: turn.sessionId });
    const { sessionId } = turn;
    expect(await opened().sessions.close(sessionId, s.reach)).toBe(true);
    expect(await opened().sessions.close(sessionId, s.reach)).toBe(false);
    expect(await opened().sessions.find(sessionId, s.reach)).toBeNull();
    expect(await opened().sessions.update(sessionId, s.reach, { title: 'x' }, tick())).toBeNull();
    expect(await opened().history.bounds(sessionId, s.reach)).toBeNull();
    expect(await opened().history.message(turn.messageId, s.reach)).toBeNull();
    expect(await opened().history.turn(turn.turnId, s.reach)).toBeNull();
    expect(await listed(opened(), s.reach)).toEqual([]);
    expect(await opened().inbox.accept(s.request({ sessionId }))).toMatchObject({ kind: 'refused', failure: { code: 'not_found' } });
    expect(await opened().sessions.closed(1000)).toContainEqual({ id: sessionId, tenantId: s.tenantId });
    expect(await opened().sessions.erase(sessionId, tick())).toBeNull();
    expect(await opened().inbox.finish(turn, s.end(turn, 'cancelled'), true)).toMatchObject({ started: null });
    expect(await opened().inbox.claim(sessionId, tick())).toBeNull();
    const { turnId } = waiting.accepted;
    expect(await opened().inbox.cancel({ turnId }, s.reach, s.author, tick())).toMatchObject({ state: 'cancelled' });
    expect(parsed((await opened().sessions.erase(sessionId, tick())) ?? undefined)).toMatchObject({ type: 'session-deleted', seq: 6 });
  });

  it('erases everything that was said, and nothing of other sessions', async () => {
    const s = scene(opened());
    const [turn, other] = [await s.start(), await s.start()];
    await opened().notes.add(turn.sessionId, 'n', { text: 'note', at: 1 });
    await opened().inbox.finish(turn, s.end(turn), false);
    await opened().sessions.close(turn.sessionId, s.reach);
    let announced: string | null = null;
    const frame = await opened().sessions.erase(turn.sessionId, tick(), (stored) => {
      announced = stored.json;
    });
    expect(frame).toMatchObject({ type: 'session-deleted', sessionId: turn.sessionId, seq: 4, turnId: null });
    expect(announced).toBe(frame?.json);
    expect(await s.events(turn.sessionId)).toEqual([]);
    expect(await opened().history.turnEvents(turn.turnId)).toEqual([]);
    expect(await opened().history.conversation(turn.sessionId, 1000, 10)).toEqual([]);
    expect(await opened().notes.list(turn.sessionId)).toEqual([]);
    expect(await opened().sessions.erase(turn.sessionId, tick())).toBeNull();
    expect((await opened().sessions.closed(1000)).map(({ id }) => id)).not.toContain(turn.sessionId);
    expect(await opened().inbox.cancel({ turnId: turn.turnId }, s.reach, s.author, tick())).toEqual({ kind: 'not_found' });
    expect(await s.events(other.sessionId)).toHaveLength(2);
  });

  it('erases nothing of a session that was not closed', async () => {
    const s = scene(opened());
    const { accepted } = await s.accept();
    expect(await opened().sessions.erase(accepted.sessionId, tick())).toBeNull();
    expect(await s.events(accepted.sessionId)).toHaveLength(1);
  });

  it('keeps the claims of a deleted session for a day', async () => {
    const s = scene(opened());
    const turn = await s.start({ clientId: 'c' });
    await opened().inbox.finish(turn, s.end(turn), false);
    const deletedAt = tick();
    await remove(turn.sessionId, deletedAt);
    const again = await opened().inbox.accept(s.request({ clientId: 'c' }));
    expect(again).toMatchObject({ kind: 'duplicate', accepted: { turnId: turn.turnId, sessionId: turn.sessionId, status: 'completed' } });
    const changed = s.request({ clientId: 'c', content: 'other', fingerprint: fingerprint('other') });
    expect(await opened().inbox.accept(changed)).toMatchObject({ kind: 'refused', failure: { code: 'idempotency_conflict' } });
    await remove(await s.newSession(), deletedAt + DAY_MS - 1);
    expect((await opened().inbox.accept(s.request({ clientId: 'c' }))).kind).toBe('duplicate');
    await remove(await s.newSession(), deletedAt + DAY_MS + 1);
    expect((await opened().inbox.accept(s.request({ clientId: 'c' }))).kind).toBe('accepted');

    async function remove(id: string, at: number): Promise<void> {
      await opened().sessions.close(id, s.reach);
      expect(await opened().sessions.erase(id, at)).not.toBeNull();
    }
  });
}
