import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPEN_DELIVERIES_LIMIT, type ClaimRequest, type DeliveryClaim, type NewDelivery } from '#libs/ports';
import type { OpenStore, PortedStore } from './ported-store.js';
import { scene, settled, tick } from './scene.js';

const LEASE_MS = 1000;

/** What every Outbox and CallbackTargets promises. */
export function outboxSuite(name: string, open: OpenStore): void {
  describe(`Outbox on ${name}`, () => {
    let store: PortedStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.control.close());

    /** A delivery on a channel of its own, so that tests on one store do not meet. */
    const made = (channel: string, more: Partial<NewDelivery> = {}): NewDelivery => ({
      id: newId(),
      tenantId: `t-${channel}`,
      channel,
      key: newId(),
      fingerprint: 'f',
      target: newId(),
      to: 'https://receiver.test/',
      payload: '{"type":"message-sent"}',
      requestId: null,
      at: 1000,
      ...more,
    });
    const claim = (channel: string, at: number, more: Partial<ClaimRequest> = {}) =>
      store.outbox.claim({ at, leaseMs: LEASE_MS, limit: 10, channels: [channel], exceptTargets: [], perTarget: 10, ...more });
    const only = (claims: readonly DeliveryClaim[]): DeliveryClaim => {
      const [one, ...rest] = claims;
      if (one === undefined || rest.length > 0) throw new Error(`expected one delivery, got ${claims.length}`);
      return one;
    };

    it('makes a delivery once for each key, and tells another one under the same key', async () => {
      const delivery = made('once', { key: 'k' });
      const first = await store.outbox.enqueue(delivery);
      expect(first).toMatchObject({ kind: 'queued', delivery: { id: delivery.id, state: 'pending', attempts: 0, reason: null, sessionId: null } });
      expect(await store.outbox.enqueue({ ...delivery, id: newId() })).toMatchObject({ kind: 'duplicate', delivery: { id: delivery.id } });
      expect(await store.outbox.enqueue({ ...delivery, id: newId(), fingerprint: 'g' })).toEqual({ kind: 'conflict' });
      expect(await store.outbox.enqueue({ ...delivery, id: newId(), tenantId: 'another' })).toMatchObject({ kind: 'queued' });
    });

    it('gives each due delivery to one of many who ask at once', async () => {
      const all = Array.from({ length: 20 }, () => made('race'));
      for (const delivery of all) await store.outbox.enqueue(delivery);
      const claims = (await Promise.all(Array.from({ length: 5 }, () => claim('race', 1000)))).flat();
      const rest = [...(await claim('race', 1000)), ...(await claim('race', 1000))];
      expect([...claims, ...rest].map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    });

    it('gives nothing before its time, of other channels, of busy targets, or more than a share of one target', async () => {
      const [busy, open] = [newId(), newId()];
      await store.outbox.enqueue(made('share', { target: busy, at: 1 }));
      for (const at of [2, 3, 4]) await store.outbox.enqueue(made('share', { target: open, at }));
      expect(await claim('share', 0)).toEqual([]);
      expect(await claim('elsewhere', 5000)).toEqual([]);
      const taken = await claim('share', 5000, { exceptTargets: [busy], perTarget: 2 });
      expect(taken.map(({ delivery }) => delivery.target)).toEqual([open, open]);
      expect(await claim('share', 5000, { limit: 1 })).toHaveLength(1);
    });

    it('lets a stalled worker settle nothing once its lease was taken over', async () => {
      await store.outbox.enqueue(made('fence'));
      const stalled = only(await claim('fence', 1000));
      expect(stalled.delivery).toMatchObject({ state: 'delivering', attempts: 1 });
      expect(await claim('fence', 1000 + LEASE_MS - 1)).toEqual([]);
      const taken = only(await claim('fence', 1000 + LEASE_MS));
      expect(taken).toMatchObject({ id: stalled.id, delivery: { attempts: 2 } });
      expect(await store.outbox.settle(stalled, { state: 'delivered' }, 3000)).toBe(false);
      expect(await store.outbox.settle(taken, { state: 'delivered' }, 3000)).toBe(true);
      expect(await store.outbox.settle(taken, { state: 'dead', reason: 'late' }, 3001)).toBe(false);
      expect(await claim('fence', 1e12)).toEqual([]);
      expect(await store.outbox.find(taken.id, 't-fence')).toMatchObject({ state: 'delivered', reason: null });
    });

    it('keeps the request that posted it first, at every attempt and redrive', async () => {
      const delivery = made('asked-for', { key: 'k', requestId: 'of-the-caller' });
      expect(await store.outbox.enqueue(delivery)).toMatchObject({ delivery: { requestId: 'of-the-caller' } });
      expect(await store.outbox.enqueue({ ...delivery, id: newId(), requestId: 'of-another' })).toMatchObject({ delivery: { requestId: 'of-the-caller' } });
      const claimed = only(await claim('asked-for', 1000));
      expect(claimed.delivery.requestId).toBe('of-the-caller');
      await store.outbox.settle(claimed, { state: 'dead', reason: 'HTTP 410' }, 2000);
      expect(await store.outbox.redrive(delivery.id, delivery.tenantId, 3000)).toMatchObject({ delivery: { requestId: 'of-the-caller' } });
      expect(await store.outbox.find(delivery.id, delivery.tenantId)).toMatchObject({ requestId: 'of-the-caller' });
    });

    it('keeps a failed delivery until its next time, with the reason', async () => {
      const delivery = made('retry');
      await store.outbox.enqueue(delivery);
      expect(await store.outbox.settle(only(await claim('retry', 1000)), { state: 'pending', dueAt: 9000, reason: 'HTTP 500' }, 1500)).toBe(true);
      expect(await store.outbox.find(delivery.id, delivery.tenantId)).toMatchObject({ state: 'pending', dueAt: 9000, reason: 'HTTP 500', changedAt: 1500 });
      expect(await claim('retry', 8999)).toEqual([]);
      expect(only(await claim('retry', 9000)).delivery).toMatchObject({ id: delivery.id, attempts: 2, payload: delivery.payload });
    });

    it('lists dead letters of the tenant newest first, page by page, and sends one again from the start', async () => {
      const all = Array.from({ length: 5 }, () => made('dead'));
      for (const delivery of all) await store.outbox.enqueue(delivery);
      for (const lease of await claim('dead', 1000)) await store.outbox.settle(lease, { state: 'dead', reason: 'HTTP 410' }, 2000);
      const first = await store.outbox.deadLetters('t-dead', { limit: 3 });
      if (first === 'bad_cursor') throw new Error('expected a page');
      const second = await store.outbox.deadLetters('t-dead', { limit: 3, cursor: first.nextCursor });
      if (second === 'bad_cursor') throw new Error('expected a page');
      expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(all.map(({ id }) => id).reverse());
      expect(second.nextCursor).toBeNull();
      expect(await store.outbox.deadLetters('t-dead', { limit: 3, cursor: 'made up' })).toBe('bad_cursor');
      expect(await store.outbox.deadLetters('t-other', { limit: 3 })).toMatchObject({ items: [] });

      const [id = ''] = all.map((delivery) => delivery.id);
      expect(await store.outbox.redrive(id, 't-other', 3000)).toEqual({ kind: 'not_found' });
      expect(await store.outbox.redrive('nonsense', 't-dead', 3000)).toEqual({ kind: 'not_found' });
      expect(await store.outbox.redrive(id, 't-dead', 3000)).toMatchObject({ kind: 'redriven', delivery: { state: 'pending', attempts: 0, dueAt: 3000 } });
      expect(await store.outbox.redrive(id, 't-dead', 3000)).toEqual({ kind: 'not_dead' });
      expect(only(await claim('dead', 3000)).delivery).toMatchObject({ id, attempts: 1 });
    });

    it('forgets what ended long ago', async () => {
      for (let i = 0; i < 3; i += 1) await store.outbox.enqueue(made('sweep'));
      const [one, two, three] = await claim('sweep', 1000);
      if (one === undefined || two === undefined || three === undefined) throw new Error('expected three');
      await store.outbox.settle(one, { state: 'delivered' }, 100);
      await store.outbox.settle(two, { state: 'dead', reason: 'x' }, 100);
      expect(await store.outbox.sweep(101, 0, 10)).toBe(1);
      expect(await store.outbox.sweep(101, 101, 10)).toBe(1);
      expect(await store.outbox.find(one.id, 't-sweep')).toBeNull();
      expect(await store.outbox.find(two.id, 't-sweep')).toBeNull();
      expect(await store.outbox.find(three.id, 't-sweep')).not.toBeNull();
    });

    it('forgets what a tenant that leaves was about to send, where to, and what died; of no other', async () => {
      const tenantId = newId();
      const mine = [made('leave', { tenantId }), made('leave', { tenantId }), made('leave', { tenantId })];
      const others = made('leave', { tenantId: newId() });
      for (const delivery of [...mine, others]) await store.outbox.enqueue(delivery);
      const claims = (await claim('leave', 1000, { limit: 3 })).filter(({ delivery }) => delivery.tenantId === tenantId);
      const [dying, running] = claims;
      if (dying === undefined || running === undefined) throw new Error('expected two');
      await store.outbox.settle(dying, { state: 'dead', reason: 'x' }, 1000);
      const address = (tenant: string) => ({ id: newId(), tenantId: tenant, sessionId: null, url: 'https://receiver.test/leave', secret: 'sealed', createdAt: tick() });
      const [own, foreign] = [address(tenantId), address(others.tenantId)];
      for (const target of [own, foreign]) await store.callbackTargets.addAddress(target, 10);

      await store.outbox.forgetTenant(tenantId);
      for (const { id } of mine) expect(await store.outbox.find(id, tenantId)).toBeNull();
      expect(await store.outbox.settle(running, { state: 'delivered' }, 1001)).toBe(false);
      expect(await store.outbox.find(others.id, others.tenantId)).not.toBeNull();
      expect(await store.callbackTargets.find(own.id, tenantId)).toBeNull();
      expect(await store.callbackTargets.find(foreign.id, others.tenantId)).toEqual(foreign);
    });

    const target = (tenantId: string, sessionId: string) =>
      store.callbackTargets.setForSession({ id: newId(), tenantId, sessionId, url: 'https://receiver.test/hook', secret: 'sealed', createdAt: tick() });

    it('enqueues the end of a turn for the callback of its session, in the commit of the end', async () => {
      const s = scene(store);
      const turn = await s.start();
      const callback = await target(s.tenantId, turn.sessionId);
      if (callback === null) throw new Error('expected a target');
      const end = s.end(turn, 'completed', 'said \0 \ud800');
      const [frame] = settled(await store.inbox.finish(turn, end, false)).frames;
      expect(await store.outbox.find(turn.turnId, s.tenantId)).toEqual({
        id: turn.turnId,
        tenantId: s.tenantId,
        channel: 'callback',
        key: `${turn.turnId}:reply`,
        target: callback.id,
        to: 'https://receiver.test/hook',
        payload: frame?.json,
        requestId: null,
        sessionId: turn.sessionId,
        turnId: turn.turnId,
        state: 'pending',
        attempts: 0,
        dueAt: end.fact.at,
        reason: null,
        createdAt: end.fact.at,
        changedAt: end.fact.at,
      });
      expect(await store.inbox.finish(turn, end, false)).toBe('stale');
    });

    it('enqueues the end of a turn that was cancelled in the queue, and none of a session without a callback', async () => {
      const s = scene(store);
      const { accepted } = await s.accept();
      await target(s.tenantId, accepted.sessionId);
      await store.inbox.cancel({ turnId: accepted.turnId }, s.reach, s.author, tick());
      expect(await store.outbox.find(accepted.turnId, s.tenantId)).toMatchObject({ state: 'pending', turnId: accepted.turnId });
      const other = await s.start();
      settled(await store.inbox.finish(other, s.end(other), false));
      expect(await store.outbox.find(other.turnId, s.tenantId)).toBeNull();
    });

    it('takes deliveries and callback away with their session', async () => {
      const s = scene(store);
      const turn = await s.start();
      await target(s.tenantId, turn.sessionId);
      settled(await store.inbox.finish(turn, s.end(turn), false));
      await store.sessions.close(turn.sessionId, s.reach);
      expect(await target(s.tenantId, turn.sessionId)).toBeNull();
      expect(await store.sessions.erase(turn.sessionId, tick())).not.toBeNull();
      expect(await store.outbox.find(turn.turnId, s.tenantId)).toBeNull();
      expect(await store.callbackTargets.ofSession(turn.sessionId, s.tenantId)).toBeNull();
    });

    it('keeps one callback for each session, within its tenant', async () => {
      const s = scene(store);
      const sessionId = await s.newSession();
      const first = await target(s.tenantId, sessionId);
      const second = await store.callbackTargets.setForSession({
        id: newId(),
        tenantId: s.tenantId,
        sessionId,
        url: 'https://receiver.test/new',
        secret: 'sealed anew',
        createdAt: tick(),
      });
      expect(second).toMatchObject({ id: first?.id, url: 'https://receiver.test/new', secret: 'sealed anew' });
      expect(await store.callbackTargets.ofSession(sessionId, s.tenantId)).toEqual(second);
      expect(await store.callbackTargets.find(second?.id ?? '', s.tenantId)).toEqual(second);
      if (first === null || second === null) throw new Error('expected targets');
      expect((await store.callbackTargets.after('', 10_000)).map(({ id }) => id)).toContain(second.id);
      expect((await store.callbackTargets.after(second.id, 10_000)).map(({ id }) => id)).not.toContain(second.id);
      expect(await store.callbackTargets.reseal(first, 'too late')).toBe(false);
      expect(await store.callbackTargets.reseal(second, 'sealed by another key')).toBe(true);
      expect(await store.callbackTargets.ofSession(sessionId, s.tenantId)).toEqual({ ...second, secret: 'sealed by another key' });
      expect(await store.callbackTargets.ofSession(sessionId, 'another')).toBeNull();
      expect(await store.callbackTargets.find(second?.id ?? '', 'another')).toBeNull();
      expect(await target('another', sessionId)).toBeNull();
      expect(await target(s.tenantId, newId())).toBeNull();
      expect(await store.callbackTargets.removeFromSession(sessionId, 'another')).toBe(false);
      expect(await store.callbackTargets.removeFromSession(sessionId, s.tenantId)).toBe(true);
      expect(await store.callbackTargets.removeFromSession(sessionId, s.tenantId)).toBe(false);
    });

    it('keeps an address once for each tenant, up to a limit', async () => {
      const tenantId = `t-${newId()}`;
      const address = (url: string, tenant = tenantId) =>
        store.callbackTargets.addAddress({ id: newId(), tenantId: tenant, sessionId: null, url, secret: 's', createdAt: tick() }, 2);
      const first = await address('https://one.test/');
      expect(first).toMatchObject({ url: 'https://one.test/' });
      expect(await address('https://one.test/')).toEqual(first);
      expect(await address('https://two.test/')).not.toBe('full');
      expect(await address('https://three.test/')).toBe('full');
      expect(await address('https://one.test/')).toEqual(first);
      expect(await address('https://one.test/', `${tenantId}-other`)).not.toEqual(first);
      expect(await store.callbackTargets.replaceSecret(tenantId, 'https://one.test/', 'anew')).toBe(true);
      expect(await address('https://one.test/')).toMatchObject({ secret: 'anew' });
      expect(await store.callbackTargets.replaceSecret(tenantId, 'https://nowhere.test/', 'anew')).toBe(false);
    });

    it('refuses beyond the limit of a tenant, and keeps a reply that finds no room as a dead letter', async () => {
      const s = scene(store);
      const filling = (index: number) => store.outbox.enqueue(made('full', { tenantId: s.tenantId, key: `k${index}` }));
      for (let from = 0; from < OPEN_DELIVERIES_LIMIT; from += 500) await Promise.all(Array.from({ length: 500 }, (_, i) => filling(from + i)));
      expect(await filling(OPEN_DELIVERIES_LIMIT)).toEqual({ kind: 'full' });
      expect(await filling(0)).toMatchObject({ kind: 'duplicate' });
      const turn = await s.start();
      await target(s.tenantId, turn.sessionId);
      settled(await store.inbox.finish(turn, s.end(turn), false));
      expect(await store.outbox.find(turn.turnId, s.tenantId)).toMatchObject({ state: 'dead', reason: 'the outbox was full' });
      expect(await store.outbox.redrive(turn.turnId, s.tenantId, tick())).toEqual({ kind: 'full' });
    }, 300_000);
  });
}
