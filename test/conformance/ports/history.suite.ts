import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '#libs/contracts';
import type { OpenStore, PortedStore } from './ported-store.js';
import { fact, parsed, scene, seqsOf, typesOf, upTo } from './scene.js';

/** What every History promises. */
export function historySuite(name: string, open: OpenStore): void {
  describe(`History on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    eventPromises(() => store);
    messagePromises(() => store);
  });
}

function eventPromises(opened: () => PortedStore): void {
  it('gives stored events ascending, in pages, exactly as they were published', async () => {
    const s = scene(opened());
    const turn = await s.start({ content: 'one' });
    const published = await opened().inbox.append(turn, Array.from({ length: 7 }, () => fact(turn, 'phase-changed', { phase: 'seed' })));
    const all = await s.events(turn.sessionId);
    expect(seqsOf(all)).toEqual(upTo(9));
    expect(all.slice(2)).toEqual(published);
    for (const frame of all) expect(parsed(frame)).toMatchObject({ type: frame.type, seq: frame.seq, sessionId: frame.sessionId });
    expect(await opened().history.events(turn.sessionId, 4, 3)).toEqual(all.slice(4, 7));
    expect(await opened().history.events(turn.sessionId, 9, 3)).toEqual([]);
  });

  it('tells the bounds to whom the session is within reach', async () => {
    const s = scene(opened());
    const sessionId = await s.newSession();
    expect(await opened().history.bounds(sessionId, s.reach)).toEqual({ firstSeq: 1, lastSeq: 0 });
    await s.accept({ sessionId });
    expect(await opened().history.bounds(sessionId, s.reach)).toEqual({ firstSeq: 1, lastSeq: 1 });
    expect(await opened().history.bounds(sessionId, { tenantId: 'other' })).toBeNull();
    expect(await opened().history.bounds(sessionId, { ...s.reach, sessionIds: [] })).toBeNull();
    expect(await opened().history.bounds('no-id', s.reach)).toBeNull();
  });

  it('gives the events of one turn, though another waits in the same session', async () => {
    const s = scene(opened());
    const turn = await s.start();
    const waiting = await s.accept({ sessionId: turn.sessionId });
    await opened().inbox.append(turn, [fact(turn, 'tool-called')]);
    const running = await opened().history.turnEvents(turn.turnId);
    expect(typesOf(running)).toEqual(['message-accepted', 'turn-started', 'tool-called']);
    await opened().inbox.finish(turn, s.end(turn), true);
    expect(seqsOf(await opened().history.turnEvents(turn.turnId))).toEqual([1, 2, 4, 5]);
    expect(typesOf(await opened().history.turnEvents(waiting.accepted.turnId))).toEqual(['message-accepted', 'turn-started']);
    expect(await opened().history.turnEvents(newId())).toEqual([]);
    expect(await opened().history.turnEvents('no-id')).toEqual([]);
  });

  it('tells the conversation, newest first', async () => {
    const s = scene(opened());
    const sessionId = await s.newSession();
    for (const [said, answered] of [['one', 'uno'], ['two', null], ['three', 'tre']] as const) {
      const turn = await s.start({ sessionId, content: said });
      await opened().inbox.finish(turn, answered === null ? s.end(turn, 'failed') : s.end(turn, 'completed', answered), false);
    }
    const all = await opened().history.conversation(sessionId, Number.MAX_SAFE_INTEGER, 10);
    expect(all.map(({ role, content }) => `${role}: ${JSON.stringify(content)}`)).toEqual([
      'assistant: "tre"',
      'user: "three"',
      'user: "two"',
      'assistant: "uno"',
      'user: "one"',
    ]);
    expect(await opened().history.conversation(sessionId, all[0]?.seq ?? 0, 2)).toEqual(all.slice(1, 3));
  });
}

function messagePromises(opened: () => PortedStore): void {
  it('shows a message with what became of it', async () => {
    const s = scene(opened());
    const turn = await s.start({ clientId: 'c1', content: [{ type: 'text', text: 'hi' }] });
    const first = await opened().history.message(turn.messageId, s.reach);
    const { turnId, sessionId } = turn;
    const own = { id: turn.messageId, turnId, sessionId, seq: 1, clientId: 'c1', channel: 'http', author: s.author };
    expect(first).toEqual({ ...own, content: turn.content, status: 'running', createdAt: new Date(turn.acceptedAt).toISOString() });
    const end = s.end(turn, 'completed', 'hello you');
    await opened().inbox.finish(turn, end, false);
    const done = await opened().history.message(turn.messageId, s.reach);
    const reply = { content: 'hello you', meta: { agent: 'concierge' } };
    expect(done).toMatchObject({ status: 'completed', reply, endedAt: new Date(end.fact.at).toISOString() });
    const failed = await s.start();
    await opened().inbox.finish(failed, s.end(failed, 'failed'), false);
    const broken = await opened().history.message(failed.messageId, s.reach);
    expect(broken).toMatchObject({ status: 'failed', error: { code: 'execution_failed' } });
    expect(broken).not.toHaveProperty('clientId');
    expect(broken).not.toHaveProperty('reply');
  });

  it('shows messages and turns to nobody else', async () => {
    const s = scene(opened());
    const turn = await s.start();
    const record = { turnId: turn.turnId, messageId: turn.messageId, sessionId: turn.sessionId, state: 'running', acceptedSeq: 1 };
    expect(await opened().history.turn(turn.turnId, s.reach)).toEqual(record);
    const namesake = { kind: 'key', id: s.author.id } as const;
    for (const reach of [{ tenantId: 'other' }, { ...s.reach, owner: namesake }, { ...s.reach, sessionIds: [newId()] }]) {
      expect(await opened().history.message(turn.messageId, reach)).toBeNull();
      expect(await opened().history.turn(turn.turnId, reach)).toBeNull();
      expect(await opened().history.messages(turn.sessionId, reach, { limit: 5 })).toBeNull();
    }
    for (const id of [newId(), turn.turnId, 'no-id', '\0']) expect(await opened().history.message(id, s.reach)).toBeNull();
    for (const id of [newId(), turn.messageId, 'no-id']) expect(await opened().history.turn(id, s.reach)).toBeNull();
  });

  it('lists messages in order of acceptance, each exactly once while more come', async () => {
    const s = scene(opened());
    const turn = await s.start({ content: 'm0' });
    for (let i = 1; i < 7; i += 1) await s.accept({ sessionId: turn.sessionId, content: `m${i}` });
    await opened().inbox.finish(turn, s.end(turn), true);
    const seen: Message[] = [];
    for (let cursor: string | null = null, more = 7; ; more += 1) {
      const page = await opened().history.messages(turn.sessionId, s.reach, { limit: 3, cursor });
      if (page === null || page === 'bad_cursor') throw new Error('expected a page');
      seen.push(...page.items);
      if (more < 9) await s.accept({ sessionId: turn.sessionId, content: `m${more}` });
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    expect(seen.map((message) => message.content)).toEqual(Array.from({ length: 9 }, (_, i) => `m${i}`));
    expect(seen.map((message) => message.status)).toEqual(['completed', 'running', ...Array.from({ length: 7 }, () => 'queued')]);
  });

  it('refuses cursors of other lists', async () => {
    const s = scene(opened());
    const [one, two] = [await s.accept(), await s.accept()];
    await s.accept({ sessionId: one.accepted.sessionId });
    const page = await opened().history.messages(one.accepted.sessionId, s.reach, { limit: 1 });
    if (page === null || page === 'bad_cursor') throw new Error('expected a page');
    expect(page.nextCursor).not.toBeNull();
    expect(await opened().history.messages(two.accepted.sessionId, s.reach, { limit: 1, cursor: page.nextCursor })).toBe('bad_cursor');
    expect(await opened().sessions.list(s.reach, { limit: 1, cursor: page.nextCursor })).toBe('bad_cursor');
    for (const cursor of ['x', 'W10', '']) {
      expect(await opened().history.messages(two.accepted.sessionId, s.reach, { limit: 1, cursor })).toBe('bad_cursor');
    }
    expect(await opened().history.messages('no-id', s.reach, { limit: 1 })).toBeNull();
  });
}
