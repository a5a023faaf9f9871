import { expect, it } from 'vitest';
import type { PortedStore } from './ported-store.js';
import { scene, seqsOf, tick, type Scene } from './scene.js';

/** What `Sessions.prune` promises. */
export function pruningPromises(opened: () => PortedStore): void {
  async function said(s: Scene, turns: number, clientId?: string): Promise<{ sessionId: string; messageIds: string[] }> {
    const sessionId = await s.newSession();
    const messageIds: string[] = [];
    for (let i = 0; i < turns; i += 1) {
      const turn = await s.start({ sessionId, content: `m${i}`, ...(clientId === undefined ? {} : { clientId }) });
      await opened().inbox.finish(turn, s.end(turn), false);
      messageIds.push(turn.messageId);
    }
    return { sessionId, messageIds };
  }

  async function pruneAll(before: number, limit: number): Promise<number[]> {
    const steps: number[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const { events, next } = await opened().sessions.prune(before, after, limit);
      steps.push(events);
      after = next;
    }
    return steps;
  }

  it('erases what was said in old sessions, keeps them listed, and touches no other', async () => {
    const s = scene(opened());
    const old = await said(s, 2, undefined);
    await opened().notes.add(old.sessionId, 'n', { text: 'note', at: 1 });
    const shown = await opened().sessions.find(old.sessionId, s.reach);
    const cutoff = tick();
    const young = await said(s, 1);
    await pruneAll(cutoff, 1000);
    expect(await opened().sessions.find(old.sessionId, s.reach)).toEqual(shown);
    expect(await opened().history.bounds(old.sessionId, s.reach)).toEqual({ firstSeq: 7, lastSeq: 6 });
    expect(await s.events(old.sessionId)).toEqual([]);
    expect(await opened().notes.list(old.sessionId)).toEqual([]);
    expect(await opened().history.conversation(old.sessionId, 1000, 10)).toEqual([]);
    for (const id of old.messageIds) expect(await opened().history.message(id, s.reach)).toBeNull();
    expect(await opened().history.messages(old.sessionId, s.reach, { limit: 5 })).toEqual({ items: [], nextCursor: null });
    expect(await opened().history.bounds(young.sessionId, s.reach)).toEqual({ firstSeq: 1, lastSeq: 3 });
  });

  it('goes on in a pruned session where its numbers ended', async () => {
    const s = scene(opened());
    const { sessionId } = await said(s, 2, undefined);
    await pruneAll(tick(), 1000);
    const turn = await s.start({ sessionId, content: 'again' });
    expect(turn.acceptedSeq).toBe(7);
    await opened().inbox.finish(turn, s.end(turn), false);
    expect(seqsOf(await s.events(sessionId))).toEqual([7, 8, 9]);
    expect(seqsOf(await opened().history.events(sessionId, 7, 1))).toEqual([8]);
    expect(seqsOf(await opened().history.turnEvents(turn.turnId))).toEqual([7, 8, 9]);
    expect(await opened().history.message(turn.messageId, s.reach)).toMatchObject({ seq: 7, content: 'again', status: 'completed' });
    expect(await opened().history.conversation(sessionId, 9, 5)).toMatchObject([{ seq: 7, role: 'user' }]);
    expect(await opened().history.bounds(sessionId, s.reach)).toEqual({ firstSeq: 7, lastSeq: 9 });
  });

  it('works in steps that erase no more than they may, and ends', async () => {
    const s = scene(opened());
    const olds = [await said(s, 3), await said(s, 1), await said(s, 4)];
    const steps = await pruneAll(tick(), 5);
    expect(Math.max(...steps)).toBeLessThanOrEqual(5);
    expect(steps.reduce((sum, events) => sum + events, 0)).toBeGreaterThanOrEqual(24);
    for (const { sessionId } of olds) expect(await s.events(sessionId)).toEqual([]);
    expect(await pruneAll(tick(), 100).then((again) => again.every((events) => events === 0))).toBe(true);
  });

  it('leaves sessions alone in which a turn is open or that are being deleted', async () => {
    const s = scene(opened());
    const running = await s.start();
    const closing = await said(s, 1);
    await opened().sessions.close(closing.sessionId, s.reach);
    await pruneAll(tick(), 1000);
    expect(await s.events(running.sessionId)).toHaveLength(2);
    expect(await opened().inbox.finish(running, s.end(running), false)).not.toBe('stale');
    expect(await s.events(closing.sessionId)).toHaveLength(3);
    expect(await opened().sessions.erase(closing.sessionId, tick())).toMatchObject({ seq: 4 });
  });

  it('forgets the ids that clients gave, with the messages', async () => {
    const s = scene(opened());
    const { messageIds } = await said(s, 1, 'once');
    expect(await opened().inbox.accept(s.request({ clientId: 'once', content: 'm0' }))).toMatchObject({ kind: 'duplicate' });
    await pruneAll(tick(), 1000);
    const again = await s.accept({ clientId: 'once', content: 'm0' });
    expect(messageIds).not.toContain(again.accepted.messageId);
  });
}
