import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Author } from '#libs/contracts';
import type { SessionFilter } from '#libs/ports';
import type { OpenStore, PortedStore } from './ported-store.js';
import { scene, settled, tick } from './scene.js';

/** What every store promises to the lists and figures of operators. */
export function operatorListsSuite(name: string, open: OpenStore): void {
  describe(`Lists and figures for operators on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    filterPromises(() => store);
    figurePromises(() => store);
  });
}

function filterPromises(opened: () => PortedStore): void {
  it('a filter narrows by agent, owner and title, and pages stay exact', async () => {
    const { tenantId, author } = scene(opened());
    const other: Author = { kind: 'key', id: 'k\0:"1' };
    const make = async (owner: Author, agent: string, title?: string): Promise<string> => {
      const id = newId();
      await opened().sessions.create({ id, tenantId, owner, agent, metadata: {}, at: tick(), ...(title === undefined ? {} : { title }) });
      return id;
    };
    const ids = {
      plain: await make(author, 'poet'),
      report: await make(author, 'poet', 'Quarterly Report 100%'),
      quoted: await make(other, 'clerk', '"Report" of\nmine _now_'),
      odd: await make(other, 'poet', 'lone \ud800 report\0'),
      greek: await make(author, 'clerk', 'Ωmega'),
    };
    const found = async (filter: SessionFilter, reach = {}): Promise<string[]> => {
      const items: string[] = [];
      for (let cursor: string | null = null; ; ) {
        const page = await opened().sessions.list({ tenantId, ...reach }, { limit: 1, cursor }, filter);
        if (page === 'bad_cursor') throw new Error('expected a good cursor');
        items.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
        if (cursor === null) return items;
      }
    };
    expect(await found({ agent: 'poet' })).toEqual([ids.odd, ids.report, ids.plain]);
    expect(await found({ owner: other })).toEqual([ids.odd, ids.quoted]);
    expect(await found({ text: 'REPORT' })).toEqual([ids.odd, ids.quoted, ids.report]);
    expect(await found({ text: 'report', agent: 'poet', owner: author })).toEqual([ids.report]);
    expect(await found({ text: '100%' })).toEqual([ids.report]);
    expect(await found({ text: '%' })).toEqual([ids.report]);
    expect(await found({ text: '_' })).toEqual([ids.quoted]);
    expect(await found({ text: '"report" OF\nmine' })).toEqual([ids.quoted]);
    expect(await found({ text: 'Ωme' })).toEqual([ids.greek]);
    expect(await found({ text: 'nothing of it' })).toEqual([]);
    expect(await found({ owner: other }, { owner: author })).toEqual([]);
    expect(await found({ text: 'report' }, { sessionIds: [ids.report, ids.plain] })).toEqual([ids.report]);
  });
}

function figurePromises(opened: () => PortedStore): void {
  it('figures count what waits in the outbox, over all tenants', async () => {
    const { outbox, figures } = opened();
    const before = await figures.deliveries();
    const at = tick();
    const rest = { tenantId: scene(opened()).tenantId, channel: 'counted', fingerprint: 'f', target: 't', to: 'https://receiver.test/', payload: '{}', requestId: null, at };
    for (const key of ['one', 'two']) await outbox.enqueue({ ...rest, id: newId(), key });
    const [claim] = await outbox.claim({ at, leaseMs: 1000, limit: 1, channels: ['counted'], exceptTargets: [], perTarget: 1 });
    if (claim !== undefined) await outbox.settle(claim, { state: 'dead', reason: 'a test' }, at);
    expect(await figures.deliveries()).toEqual({ waiting: before.waiting + 1, dead: before.dead + 1 });
  });

  it('figures count what there is, in one tenant', async () => {
    const s = scene(opened());
    const running = await s.start({ agent: 'poet' });
    await s.accept({ sessionId: running.sessionId });
    await s.accept({ sessionId: running.sessionId });
    const done = await s.start();
    settled(await opened().inbox.finish(done, s.end(done), false));
    await scene(opened()).accept();

    expect(await opened().figures.of(s.tenantId)).toEqual({
      sessions: 2,
      deliveriesOpen: 0,
      deliveriesDead: 0,
      openTurns: [
        { agent: 'concierge', state: 'queued', count: 2, oldestAt: expect.any(Number) },
        { agent: 'poet', state: 'running', count: 1, oldestAt: expect.any(Number) },
      ],
    });
    const first = await opened().figures.open(s.tenantId, { limit: 2 });
    if (first === 'bad_cursor') throw new Error('the first page needs no cursor');
    const second = await opened().figures.open(s.tenantId, { limit: 2, cursor: first.nextCursor });
    if (second === 'bad_cursor') throw new Error('it made the cursor itself');
    expect([...first.items, ...second.items].map(({ agent, state, sessionId }) => [agent, state, sessionId])).toEqual([
      ['poet', 'running', running.sessionId],
      ['concierge', 'queued', running.sessionId],
      ['concierge', 'queued', running.sessionId],
    ]);
    expect(first.items[0]).toEqual({
      turnId: running.turnId,
      messageId: running.messageId,
      sessionId: running.sessionId,
      author: expect.objectContaining({ kind: expect.any(String), id: expect.any(String) }),
      agent: 'poet',
      state: 'running',
      attempt: 1,
      acceptedAt: expect.any(Number),
    });
    expect(second.nextCursor).toBeNull();
    expect(await opened().figures.open(s.tenantId, { limit: 2, cursor: 'nonsense' })).toBe('bad_cursor');
  });

  it('turns are told by id, page after page, up to one of them', async () => {
    const s = scene(opened());
    const since = newId();
    const running = await s.start();
    const waiting = await s.accept({ sessionId: running.sessionId });
    const done = await s.start();
    settled(await opened().inbox.finish(done, s.end(done), false));
    const { figures } = opened();
    const all = await figures.turns(since, newId(), 1000);
    const standing = (turnId: string, state: string) => ({ turnId, tenantId: s.tenantId, state });
    const expected = [standing(running.turnId, 'running'), standing(waiting.accepted.turnId, 'queued'), standing(done.turnId, 'completed')];
    expect(all.filter(({ tenantId }) => tenantId === s.tenantId)).toEqual(expected);
    expect(all.map(({ turnId }) => turnId)).toEqual(all.map(({ turnId }) => turnId).toSorted());
    expect(await figures.turns(since, newId(), 2)).toEqual(all.slice(0, 2));
    expect(await figures.turns(all[0]?.turnId ?? '', all[1]?.turnId ?? '', 1000)).toEqual([all[1]]);
    expect(await figures.lastTurn()).toBe((await figures.turns(since, newId(), 1000)).at(-1)?.turnId);
  });
}
